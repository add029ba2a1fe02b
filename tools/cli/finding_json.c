/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of findings that several JSON formats have. */
#include "cli/finding_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli_say.h"
#include "cli/uri.h"

struct json_object *finding_json_message(const struct ipmasq_finding *finding)
{
	struct json_object *made;
	char *text;

	if (!finding->suggestion)
		return json_new_text(finding->message);
	if (asprintf(&text, "%s; write instead: %s", finding->message, finding->suggestion) < 0)
		cli_die(-ENOMEM, "cannot write JSON");
	made = json_new_text(text);
	free(text);
	return made;
}

struct json_object *finding_json_path(const struct ipmasq_finding *finding, const char *input)
{
	const char *file = finding->place.file ? finding->place.file : input;
	char *path = uri_path(file ? file : ".");
	struct json_object *made = json_new_text(path);

	free(path);
	return made;
}
