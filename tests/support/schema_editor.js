// SPDX-License-Identifier: Apache-2.0
// What an editor shows of a file with the modeline for yaml-language-server:
//
//     schema_editor.js SERVER SCHEMA
//
// The server is asked as editors ask it, by messages on its standard input and output.
'use strict';

const { spawn } = require('child_process');
const path = require('path');

const [serverFile, schemaFile] = process.argv.slice(2);
const server = spawn(process.execPath, [serverFile, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
const answers = new Map();
const shown = new Map();
let input = Buffer.alloc(0);
let next = 1;
let failed = false;

function send(message) {
	const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));

	server.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
	server.stdin.write(body);
}

function ask(method, params) {
	return new Promise((resolve) => {
		answers.set(next, resolve);
		send({ id: next++, method, params });
	});
}

function take(message) {
	if (message.method === 'textDocument/publishDiagnostics')
		shown.get(message.params.uri)?.(message.params.diagnostics);
	else if (message.method === 'workspace/configuration')
		// The server's own defaults, and no schemas from elsewhere.
		send({ id: message.id, result: message.params.items.map((item) =>
			(item.section === 'yaml' ? { schemaStore: { enable: false }, validate: true, hover: true } : null)) });
	else if (message.method !== undefined && message.id !== undefined)
		send({ id: message.id, result: null });
	else if (message.method === undefined)
		answers.get(message.id)?.(message.result);
}

server.stdout.on('data', (data) => {
	input = Buffer.concat([input, data]);
	for (;;) {
		const end = input.indexOf('\r\n\r\n');
		const length = end < 0 ? NaN : Number(/Content-Length: (\d+)/i.exec(input.toString('ascii', 0, end))[1]);

		if (!(input.length >= end + 4 + length))
			return;
		take(JSON.parse(input.toString('utf8', end + 4, end + 4 + length)));
		input = input.subarray(end + 4 + length);
	}
});

function open(name, text) {
	const uri = `file:///${name}.yaml`;
	const modeline = `# yaml-language-server: $schema=${path.resolve(schemaFile)}\n`;

	return new Promise((resolve) => {
		shown.set(uri, resolve);
		send({ method: 'textDocument/didOpen', params: { textDocument: { uri, languageId: 'yaml', version: 1,
			text: modeline + text } } });
	});
}

// Lines are counted from 0, and the modeline is the first.
async function expect(name, text, wanted) {
	const got = (await open(name, text)).map((d) => `${d.range.start.line}: ${d.message}`);

	for (const [line, words] of wanted)
		if (!got.some((g) => g.startsWith(`${line}: `) && g.includes(words))) {
			console.log(`FAILED ${name}: line ${line} does not say "${words}" but`, got);
			failed = true;
		}
	if (wanted.length === 0 && got.length > 0) {
		console.log(`FAILED ${name}: it is good, and is shown with`, got);
		failed = true;
	}
	console.log(`${name}: ${got.length} shown`);
}

async function main() {
	await ask('initialize', { processId: process.pid, rootUri: null,
		capabilities: { workspace: { configuration: true, didChangeConfiguration: {} } } });
	send({ method: 'initialized', params: {} });
	send({ method: 'workspace/didChangeConfiguration', params: { settings: {} } });
	await expect('good', 'nonMasqueradeCIDRs:\n- 10.0.0.0/8\n- fd00::/8\nmasqOutBound: true\nresyncInterval: 1m30s\n' +
		'cidrLimit: 64\nmasqueradeCIDRs:\n', []);
	await expect('bad', 'nonMasqueradeCIDRs:\n- 10.0.0.1/8\n- 10.0.0.0\n- fd00::1/8\n- fd00:::/8\nmasqOutbound: true\n' +
		'resyncInterval: 60\n',
	[[2, 'Bits after the length must be zero'], [3, 'An IPv4 range is'], [4, 'Bits after the length'],
		[5, 'An IPv6 range is'], [6, 'masqOutbound'], [7, 'Incorrect type']]);
	const hover = await ask('textDocument/hover', { textDocument: { uri: 'file:///good.yaml' },
		position: { line: 1, character: 3 } });
	if (!JSON.stringify(hover ?? '').includes('the packet keeps the pod')) {
		console.log('FAILED: the key is not explained, but', JSON.stringify(hover));
		failed = true;
	}
}

// A server that says nothing must not keep the test waiting.
setTimeout(() => {
	console.log('FAILED: the server does not answer');
	server.kill();
	process.exit(1);
}, 60000).unref();
main().then(() => {
	server.kill();
	process.exit(failed ? 1 : 0);
});
