// SPDX-License-Identifier: Apache-2.0
// Checks code quality reports, named on the command line, against what GitLab documents: the members
// that it reads, of their types, and fingerprints that are unique.
'use strict';

const fs = require('fs');
const Ajv = require('ajv');

const text = { type: 'string', minLength: 1 };
const validate = new Ajv({ strict: true, allErrors: true }).compile({
	type: 'array',
	items: {
		type: 'object',
		required: ['description', 'check_name', 'fingerprint', 'severity', 'location'],
		additionalProperties: false,
		properties: {
			description: text,
			check_name: text,
			fingerprint: text,
			severity: { enum: ['info', 'minor', 'major', 'critical', 'blocker'] },
			location: {
				type: 'object',
				required: ['path', 'lines'],
				additionalProperties: false,
				properties: {
					// A path that begins with ./ is not found in the repository.
					path: { type: 'string', minLength: 1, not: { pattern: '^\\./' } },
					lines: {
						type: 'object',
						required: ['begin'],
						additionalProperties: false,
						properties: { begin: { type: 'integer', minimum: 1 } },
					},
				},
			},
		},
	},
});

let failed = false;
for (const file of process.argv.slice(2)) {
	const bytes = fs.readFileSync(file);
	const report = JSON.parse(bytes);
	const problems = validate(report) ? [] : validate.errors.map((e) => `${e.instancePath} ${e.message}`);

	// GitLab refuses a report with a byte-order mark.
	if (bytes[0] !== '['.charCodeAt(0))
		problems.push('does not begin with [');
	if (new Set(report.map((finding) => finding.fingerprint)).size !== report.length)
		problems.push('has one fingerprint twice');
	console.log(`${file}: ${report.length} findings`, ...problems);
	failed ||= problems.length > 0;
}
process.exit(failed || process.argv.length < 3 ? 1 : 0);
