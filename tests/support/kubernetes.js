// SPDX-License-Identifier: Apache-2.0
// Checks that Kubernetes understands the manifests, including the names of all fields.
//
//     node kubernetes.js DIRECTORY     the directory is examples/kubernetes
//
// Builds each kustomization (resources, JSON patches and ConfigMaps from files, no other features are
// used), and compares the result with the types of the Kubernetes API and of the Prometheus operator by the TypeScript compiler, which rejects fields
// of an object literal that its type does not have. Then checks what no type states.
//
// NODE_PATH: the directory with kubernetes-models, @kubernetes-models/prometheus-operator, typescript and
// yaml.
'use strict';

const fs = require('fs');
const path = require('path');
const os = require('os');
const { execFileSync } = require('child_process');
const yaml = require('yaml');

const top = path.resolve(process.argv[2]);
let failed = 0;

function check(holds, what) {
	if (!holds) {
		failed++;
		console.log(`FAILED: ${what}`);
	}
	return holds;
}

function documents(file) {
	return yaml.parseAllDocuments(fs.readFileSync(file, 'utf8'), { uniqueKeys: true })
		.map((document) => {
			check(document.errors.length === 0, `${file}: ${document.errors.join('; ')}`);
			return document.toJS();
		})
		.filter((document) => document !== null);
}

// One operation of RFC 6902, as in kustomize: what is replaced or removed must exist.
function operate(object, { op, path: pointer, value }, where) {
	const steps = pointer.split('/').slice(1)
		.map((step) => step.replace(/~1/g, '/').replace(/~0/g, '~'));
	const last = steps.pop();
	const parent = steps.reduce((at, step) => at && at[step], object);

	if (!check(parent !== undefined && parent !== null, `${where}: nothing is at ${pointer}`))
		return;
	if (op === 'add' && Array.isArray(parent))
		parent.splice(last === '-' ? parent.length : Number(last), 0, value);
	else if (op === 'add')
		parent[last] = value;
	else if (!check(Object.hasOwn(parent, last), `${where}: nothing is at ${pointer}`))
		return;
	else if (op === 'replace')
		parent[last] = value;
	else if (op === 'remove' && Array.isArray(parent))
		parent.splice(Number(last), 1);
	else if (op === 'remove')
		delete parent[last];
	else
		check(false, `${where}: the operation ${op} is not known here`);
}

function build(directory) {
	const file = path.join(directory, 'kustomization.yaml');
	const [kustomization] = documents(file);
	const known = ['apiVersion', 'kind', 'namespace', 'resources', 'patches',
		'configMapGenerator', 'generatorOptions'];
	let objects = [];

	check(kustomization.apiVersion === 'kustomize.config.k8s.io/v1beta1' &&
		kustomization.kind === 'Kustomization', `${file}: is a Kustomization`);
	check(Object.keys(kustomization).every((key) => known.includes(key)),
		`${file}: has fields besides ${known}`);
	for (const name of kustomization.resources) {
		const resource = path.join(directory, name);

		if (check(fs.existsSync(resource), `${file}: ${name} is not there`))
			objects = objects.concat(fs.statSync(resource).isDirectory() ?
				build(resource) : documents(resource));
	}
	for (const { target, patch } of kustomization.patches || []) {
		const matching = objects.filter(({ kind, metadata }) =>
			kind === target.kind && metadata.name === target.name);

		check(matching.length === 1, `${file}: one object is ${target.kind} ${target.name}`);
		for (const operation of yaml.parse(patch))
			matching.forEach((object) => operate(object, operation, file));
	}
	for (const { name, files } of kustomization.configMapGenerator || [])
		objects.push({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...kustomization.namespace &&
			{ namespace: kustomization.namespace }, labels: kustomization.generatorOptions.labels },
			data: Object.fromEntries(files.map((each) =>
				[each, fs.readFileSync(path.join(directory, each), 'utf8')])) });
	return objects;
}

// What holds for the DaemonSet of every overlay.
function check_daemonset(name, { spec: { template: { spec } } }) {
	const [container] = spec.containers;
	const context = container.securityContext;
	const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
	const port = Number(container.args.find((arg) => arg.startsWith('--listen='))
		.split(':').pop());
	const is_native = container.args.includes('--backend=nftables');
	const mounted = container.volumeMounts.map((mount) => mount.name).sort();

	check(spec.hostNetwork === true, `${name}: is in the node's network`);
	check(spec.priorityClassName === 'system-node-critical', `${name}: is critical`);
	check(same(spec.tolerations, [{ operator: 'Exists' }]), `${name}: tolerates every taint`);
	check(spec.automountServiceAccountToken === false, `${name}: has no token`);
	check(same(context.capabilities, { drop: ['ALL'], add: is_native ? ['NET_ADMIN'] :
		['NET_ADMIN', 'NET_RAW'] }), `${name}: has the capabilities that it needs`);
	check(container.image.endsWith('-nftables') === is_native,
		`${name}: the image is that of the backend`);
	check(mounted.includes('xtables-lock') !== is_native,
		`${name}: the lock is there for iptables alone`);
	check(context.readOnlyRootFilesystem === true, `${name}: its root is read-only`);
	check(context.allowPrivilegeEscalation === false, `${name}: gains no privilege`);
	check(spec.securityContext.seccompProfile.type === 'RuntimeDefault', `${name}: seccomp`);
	check(container.resources.requests && container.resources.limits, `${name}: resources`);
	check(container.args[0] === '--watch', `${name}: stays`);
	for (const [probe, where] of [['livenessProbe', '/healthz'], ['readinessProbe', '/readyz']])
		check(container[probe].httpGet.path === where &&
			container[probe].httpGet.port === port, `${name}: ${probe}`);
	check(same(mounted, spec.volumes.map((volume) => volume.name).sort()),
		`${name}: each volume is mounted`);
}

// What is scraped is there, where the overlay for it serves it.
function check_monitoring(monitoring, scraped) {
	const { spec } = monitoring.find(({ kind }) => kind === 'PodMonitor');
	const [{ port, path: served }] = spec.podMetricsEndpoints;
	const { template } = scraped.find(({ kind }) => kind === 'DaemonSet').spec;
	const [container] = template.spec.containers;
	const [declared] = container.ports.filter(({ name }) => name === port);

	check(Object.entries(spec.selector.matchLabels).every(([key, value]) =>
		template.metadata.labels[key] === value), 'monitoring: selects the pods of scraped');
	check(served === '/metrics' && declared !== undefined && container.args.some((arg) =>
		arg === `--listen=$(NODE_ADDRESS):${declared.containerPort}`),
	'monitoring: asks where the agents of scraped listen');
	check(monitoring.some(({ kind, metadata }) => kind === 'ConfigMap' &&
		metadata.labels.grafana_dashboard === '1'), 'monitoring: has the dashboard');
}

function check_types(built) {
	const work = fs.mkdtempSync(path.join(os.tmpdir(), 'manifests-'));
	const types = { DaemonSet: 'apps/v1', ConfigMap: 'v1',
		PodMonitor: 'monitoring.coreos.com/v1', PrometheusRule: 'monitoring.coreos.com/v1' };
	const lines = [
		"import type { IDaemonSet } from 'kubernetes-models/apps/v1';",
		"import type { IConfigMap } from 'kubernetes-models/v1';",
		"import type { IPodMonitor, IPrometheusRule } from " +
			"'@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';",
	];

	for (const [name, objects] of built)
		for (const object of objects)
			if (check(types[object.kind] === object.apiVersion,
				`${name}: ${object.apiVersion} ${object.kind} is expected`))
				lines.push(`// ${name}`,
					`export const o${lines.length}: I${object.kind} = ` +
					`${JSON.stringify(object, null, '\t')};`);
	fs.symlinkSync(process.env.NODE_PATH, path.join(work, 'node_modules'));
	fs.writeFileSync(path.join(work, 'manifests.ts'), lines.join('\n'));
	try {
		execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), '--noEmit',
			'--strict', '--skipLibCheck', '--module', 'commonjs', '--target', 'es2022',
			'manifests.ts'], { cwd: work, encoding: 'utf8' });
	} catch (error) {
		check(false, `types:\n${error.stdout || error}`);
	}
	fs.rmSync(work, { recursive: true });
}

const built = [['base', build(path.join(top, 'base'))]];

for (const overlay of fs.readdirSync(path.join(top, 'overlays')).sort())
	built.push([overlay, build(path.join(top, 'overlays', overlay))]);
for (const [name, objects] of built) {
	const sets = objects.filter((object) => object.kind === 'DaemonSet');

	if (check(sets.length === 1, `${name}: has one DaemonSet`))
		check_daemonset(name, sets[0]);
}

const monitoring = build(path.join(top, 'monitoring'));

check_monitoring(monitoring, new Map(built).get('scraped'));
built.push(['monitoring', monitoring]);
check_types(built);
console.log(`${built.length} kustomizations, ${failed} failures`);
process.exit(failed || built.length < 2 ? 1 : 0);
