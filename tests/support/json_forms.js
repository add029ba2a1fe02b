// SPDX-License-Identifier: Apache-2.0
// Validates what tests/cli/json.sh and tests/kernel/json.sh kept against its schemas, with ajv:
//     json_forms.js SCHEMAS FILE...
// A file is named after its schema, SCHEMA-SCRIPT-N.json; of apply-log, each line is one output.
'use strict';
const fs = require('fs');
const path = require('path');
const Ajv = require('ajv');

const [schemas, ...files] = process.argv.slice(2);
const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true });
const validators = {};
let outputs = 0;
let failed = 0;

for (const name of fs.readdirSync(schemas))
	validators[name.replace('.schema.json', '')] =
		ajv.compile(JSON.parse(fs.readFileSync(path.join(schemas, name), 'utf8')));
const used = new Set();
for (const file of files) {
	const form = path.basename(file).split('-').slice(0, 2).join('-');
	const text = fs.readFileSync(file, 'utf8');
	const texts = form === 'apply-log' ? text.split('\n').filter(Boolean) : [text];

	used.add(form);
	for (const one of texts) {
		outputs++;
		if (validators[form](JSON.parse(one)))
			continue;
		failed++;
		console.log(`${file}: ${ajv.errorsText(validators[form].errors)}`);
	}
	// What has no member at all is of no schema.
	if (validators[form](form === 'apply-log' ? {} : [{}])) {
		failed++;
		console.log(`${form}: an empty object is taken`);
	}
}
for (const name of Object.keys(validators).filter((name) => !used.has(name))) {
	failed++;
	console.log(`${name}: no output is of this schema`);
}
console.log(`${outputs} outputs, ${failed} faults`);
process.exit(failed || !outputs ? 1 : 0);
