// SPDX-License-Identifier: Apache-2.0
// Compares the schema for editors with ipmasq-lint, under profile default:
//
//     schema.js SCHEMA LINT FILE...
//
// Of a file that ipmasq-lint has no warning about, the schema must have none; of one with an error,
// it must have one too, unless all errors are such as a schema cannot see. Manifests are passed over.
// Each entry of a list is looked at on its own as well, so that a file with many bad ones is not
// judged by one of them.
'use strict';

const { spawnSync } = require('child_process');
const fs = require('fs');
const Ajv = require('ajv');
const YAML = require('yaml');

// What a schema does not see: it compares no keys with each other, and adds no numbers up.
const blind = (finding) => finding.code === 'cidr-limit' ||
	(finding.code === 'duration' && finding.message.includes('is longer than'));
// And, of an entry: bits after the length, which in IPv6 are many groups away from it.
const blindEntry = (entry) => entry.includes(':');

const [schemaFile, lint, ...files] = process.argv.slice(2);
const ajv = new Ajv({ strict: true, strictTypes: false, allErrors: true });
// A keyword of editors.
ajv.addKeyword({ keyword: 'patternErrorMessage', schemaType: 'string' });
const schema = JSON.parse(fs.readFileSync(schemaFile));
const validate = ajv.compile(schema);
const counts = { good: 0, bad: 0, unsettled: 0, manifests: 0, entries: 0 };
let failed = false;

function fail(...words) {
	failed = true;
	console.log('FAILED', ...words);
}

// Whether there is a warning or an error, and the errors.
function judge(text) {
	const run = spawnSync(lint, ['-o', 'json', '--fail-on=never', '-'], { input: text });
	const findings = JSON.parse(run.stdout);

	return {
		warned: findings.some((f) => f.severity !== 'note'),
		errors: findings.filter((f) => f.severity === 'error'),
	};
}

// As the agents read it: YAML 1.1, whose words for true and false are many.
const documentsOf = (text) => YAML.parseAllDocuments(text.replace(/^\ufeff/, ''), { version: '1.1' });
const isManifest = (text) => documentsOf(text).some((d) => YAML.isMap(d.contents) && d.has('kind'));

// NULL: it is not one document of YAML.
function read(text) {
	const documents = documentsOf(text);

	if (documents.some((d) => d.errors.length > 0) || documents.length > 1)
		return null;
	return { value: documents.length ? documents[0].toJS({ maxAliasCount: -1 }) : null };
}

function compare(name, text) {
	const { warned, errors } = judge(text);
	const parsed = read(text);
	const valid = parsed !== null && validate(parsed.value);
	const why = JSON.stringify(validate.errors?.map((e) => `${e.instancePath} ${e.message}`));

	if (errors.length > 0 && !errors.every(blind)) {
		counts.bad++;
		if (valid)
			fail(name, 'has errors, and the schema has none:', ...errors.map((f) => f.code));
	} else if (!warned) {
		counts.good++;
		if (!valid)
			fail(name, 'is good, and the schema says', why);
	} else {
		counts.unsettled++;
	}
	return parsed;
}

const seen = new Set();
function compareEntry(entry) {
	const text = `nonMasqueradeCIDRs: [${JSON.stringify(entry)}]`;

	if (seen.has(entry))
		return;
	seen.add(entry);
	counts.entries++;
	const { errors } = judge(text);
	const valid = validate({ nonMasqueradeCIDRs: [entry] });
	if (valid && errors.length > 0 && !(errors.every((f) => f.code === 'host-bits') && blindEntry(entry)))
		fail(entry, 'is an error, and the schema has none:', ...errors.map((f) => f.code));
	if (!valid && errors.length === 0)
		fail(entry, 'is good, and the schema says', JSON.stringify(validate.errors));
}

for (const file of files) {
	const text = fs.readFileSync(file, 'utf8');

	if (isManifest(text)) {
		counts.manifests++;
		continue;
	}
	const parsed = compare(file, text);

	for (const value of Object.values(parsed?.value ?? {}))
		if (Array.isArray(value))
			value.filter((entry) => typeof entry === 'string').forEach(compareEntry);
}
// Every length, with the bits that it allows, and one more.
for (let length = 0; length <= 32; length++)
	for (const octets of [[255, 255, 255, 255], [170, 170, 170, 170], [85, 85, 85, 85]])
		for (const zeros of [32 - length, 31 - length, 33 - length]) {
			const bits = octets.map((o) => o.toString(2).padStart(8, '0')).join('');
			const kept = (bits.slice(0, 32 - Math.max(zeros, 0)) + '0'.repeat(32)).slice(0, 32);
			const bytes = kept.match(/.{8}/g).map((o) => parseInt(o, 2));

			compareEntry(`${bytes.join('.')}/${length}`);
		}
for (let length = 0; length <= 128; length++)
	compareEntry(`8000::/${length}`);
for (const entry of ['::/0', '::/128', '::1/128', '1::/16', '1:2:3:4:5:6:7:8/128', '1:2:3:4:5:6:7::/112',
	'::2:3:4:5:6:7:8/128', '1:2:3:4:5:6:7:8:9/128', '1::2::/64', ':1::/64', '1:/64', '::1.2.0.0/112',
	'::1.2.3.4/128', '1:2:3:4:5:6:1.2.3.4/128', '64:ff9b::1.2.3.0/120', '::1.2.3/128', '0:0:0:0:0:ffff:1:0/112',
	'::ffff:1.2.3.4/128', '::FFFF:0:0/96', '0::ffff:0:0/96', '::fffe:0:0/96', 'fd00::/08', 'fd00::/129', 'fd00::',
	'fd00::1/8', '0::/0', '1::/0', '::0/0', '::0.0.0.0/0', '12345::/32', 'g::/16', 'fe80::%eth0/64', '/', '/8',
	'10.0.0.0/', '10.0.0.0', '10.0.0.0/33', '10.0.0.0/032', '256.0.0.0/8', '1.2.3.4.5/32', '0.0.0.0/0', ' 10.0.0.0/8',
	'10.0.0.0/8\n', '10.0.0.0/+8', '٣.0.0.0/8'])
	compareEntry(entry);

console.log(counts);
if (counts.good < 30 || counts.bad < 12 || counts.entries < 300)
	fail('too few were compared');
process.exit(failed ? 1 : 0);
