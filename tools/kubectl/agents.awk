# SPDX-License-Identifier: Apache-2.0
# The agents among DaemonSets, which come as the template in agent.sh.in prints them. Of each, records with
# tabs:
#     agent NAME, kind ours|other, profile NAME, container NAME, select LABELS, option OPTION,
#     config PATH, map CONFIGMAP, key KEY PATH CONFIGMAP
# The flags are those of ipmasq-apply, or of the agents that it can replace. Since the program has this
# in single quotes, there is none in here.

function begin() {
	delete option; delete config; delete map; delete key
	options = configs = maps = keys = 0
	name = selector = container = current = text = pending = profile = chain = ""
	is_ours = is_agent = 0
}
function ours() {
	if (is_ours) return
	is_ours = 1
	container = current
	options = configs = 0
}
function put(o) { option[++options] = o }
function is_true(v) { return v == "" || v == "true" || v == "1" || v == "t" || v == "T" || v == "TRUE" || v == "True" }
function flag(n, v) {
	if (is_ours) {
		if (n == "--profile") profile = v
		else if (n == "--chain" || n == "--ipv6" || n == "--configmap" || n == "--key") put(n "=" v)
		else if (n == "--config" || n == "-c") config[++configs] = v
		else if (n == "--nomasq-all-reserved-ranges") put(n)
		return
	}
	sub(/^--?/, "", n)
	if (n == "masq-chain") { chain = v; put("--chain=" v) }
	else if (n == "enable-ipv6") put("--ipv6=" (is_true(v) ? "on" : "off"))
	else if (n == "nomasq-all-reserved-ranges" && is_true(v)) put("--nomasq-all-reserved-ranges")
}
function wants_value(n) {
	if (is_ours) return n ~ /^(--profile|--chain|--ipv6|--configmap|--key|--config|-c)$/
	return n ~ /^--?masq-chain$/
}
function word(w,   at) {
	if (pending != "") { flag(pending, w); pending = ""; return }
	at = index(w, "=")
	if (at > 1 && w ~ /^-/) flag(substr(w, 1, at - 1), substr(w, at + 1))
	else if (wants_value(w)) pending = w
	else if (w ~ /^-/) flag(w, "")
}
# Whose defaults another agent has, by its names.
function told_profile() {
	if (text ~ /cilium/) return "cilium"
	if (text ~ /azure/) return "aks"
	if (text ~ /cce/) return "cce"
	if (text ~ /ip-masq-agent-config/) return "tke"
	if (text ~ /gke/ || chain == "IP-MASQ") return "gke"
	return "kubernetes"
}
function end(   i) {
	if (name == "" || !(is_ours || is_agent)) return
	print "agent\t" name
	print "kind\t" (is_ours ? "ours" : "other")
	print "profile\t" (is_ours ? (profile == "" ? "default" : profile) : told_profile())
	print "container\t" container
	print "select\t" substr(selector, 2)
	for (i = 1; i <= options; i++) print "option\t" option[i]
	for (i = 1; i <= configs; i++) print "config\t" config[i]
	for (i = 1; i <= maps; i++) if (is_ours || map[i] ~ /ip-masq/) print "map\t" map[i]
	for (i = 1; i <= keys; i++) print "key\t" key[i]
}
BEGIN { FS = "\t"; begin() }
$1 == "D" { end(); begin(); name = $2; text = $2; if ($2 ~ /ip-masq/) is_agent = 1 }
$1 == "S" { selector = selector "," $2 }
$1 == "V" { map[++maps] = $2; text = text " " $2; counts = $2 ~ /ip-masq/; if (counts) is_agent = 1 }
$1 == "K" { if (counts || name !~ /cilium/) key[++keys] = $2 "\t" $3 "\t" map[maps] }
# The container is the one that runs ipmasq-apply, else that of an agent, else the first.
$1 == "C" {
	current = $2
	text = text " " $3
	if (container == "" || (!is_ours && $3 ~ /ip-masq/)) container = current
	if ($3 ~ /ip-masq-agent/) is_agent = 1
	if ($3 ~ /ipmasq-apply/) ours()
}
$1 == "A" {
	w = substr($2, 2, length($2) - 2)
	if (w ~ /ipmasq-apply$/) ours()
	if (current == container) word(w)
}
END { end() }