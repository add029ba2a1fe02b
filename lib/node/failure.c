/* SPDX-License-Identifier: Apache-2.0 */
/* The record of what went wrong in a step. */
#include "node/failure.h"

#include <stdarg.h>
#include <stdio.h>

int failure_set(struct failure *failure, int error, const char *code, const char *format, ...)
{
	va_list args;

	*failure = (struct failure){ .error = error, .code = code };
	va_start(args, format);
	vsnprintf(failure->text, sizeof(failure->text), format, args);
	va_end(args);
	return error;
}

int failure_no_memory(struct failure *failure)
{
	return failure_set(failure, -ENOMEM, NULL, "out of memory");
}
