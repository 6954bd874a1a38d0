/* SPDX-License-Identifier: Apache-2.0
 * The program begins here. */
#include "cmd/command.h"

#include <locale.h>

int main(int argc, char *argv[])
{
	/* Only for the width of characters; numbers and dates stay as they are. */
	setlocale(LC_CTYPE, "C.UTF-8");
	return command_main(argc, argv);
}
