// SPDX-License-Identifier: Apache-2.0
// Checks that Grafana understands a dashboard, by JSON schemas that are made from the types that
// Grafana publishes: that of dashboards, and for each panel those of the options of its kind. Then
// checks what no type states.
//
//     node dashboard.js DASHBOARD
//
// NODE_PATH: the directory with @grafana/schema, ajv and ts-json-schema-generator.
'use strict';

const fs = require('fs');
const path = require('path');
const Ajv = require('ajv');
const { createGenerator } = require('ts-json-schema-generator');

const types = path.join(path.dirname(require.resolve('@grafana/schema/package.json')),
	'dist', 'types', 'raw');
const dashboard = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const ajv = new Ajv({ allErrors: true, strict: false });
const schemas = new Map();
let checks = 0;
let failed = 0;

function check(holds, what) {
	checks++;
	if (!holds) {
		failed++;
		console.log(`FAILED: ${what}`);
	}
}

// A type that is not there fails: then the kind of panel is not Grafana's own.
function validator(file, type) {
	const key = `${file} ${type}`;

	if (!schemas.has(key))
		schemas.set(key, ajv.compile(createGenerator({ path: path.join(types, file), type,
			skipTypeCheck: true, tsconfig: null }).createSchema(type)));
	return schemas.get(key);
}

function check_type(what, value, file, type) {
	const validate = validator(file, type);

	check(validate(value), `${what}: ${JSON.stringify((validate.errors || [])
		.map(({ instancePath, message, params }) => [instancePath, message, params]), null, 1)}`);
}

const apart = (a, b) => a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
const { panels } = dashboard;

check_type('dashboard', dashboard, 'dashboard/x/types.gen.d.ts', 'Dashboard');
check(new Set(panels.map(({ id }) => id)).size === panels.length, 'each panel has an id of its own');
for (const [i, panel] of panels.entries()) {
	const what = `panel ${panel.id} (${panel.title})`;
	const file = `composable/${panel.type}/panelcfg/x/types.gen.d.ts`;

	check(panel.gridPos.x + panel.gridPos.w <= 24, `${what}: is 24 columns wide at most`);
	check(panels.slice(0, i).every((other) => apart(panel.gridPos, other.gridPos)),
		`${what}: covers no other panel`);
	if (panel.type === 'row')
		continue;
	check_type(`${what}: options`, panel.options, file, 'Options');
	if (panel.fieldConfig.defaults.custom)
		check_type(`${what}: fields`, panel.fieldConfig.defaults.custom, file, 'FieldConfig');
	check(panel.targets.length > 0 && panel.targets.every(({ expr }) => expr.includes('$node')),
		`${what}: asks for the chosen nodes`);
	check(new Set(panel.targets.map(({ refId }) => refId)).size === panel.targets.length,
		`${what}: each query has a name of its own`);
	check(Boolean(panel.description), `${what}: says what it shows`);
}
console.log(`${panels.length} panels, ${checks} checks, ${failed} failures`);
process.exit(failed || panels.length < 10 ? 1 : 0);
