/* SPDX-License-Identifier: Apache-2.0
 * The program begins here. */
#include "cmd/line/program.h"
#include "json/value.h"

#include <locale.h>
#include <signal.h>

int main(int argc, char *argv[])
{
	/* A file that may not grow is an error of that write, as a full disk is. */
	(void)sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	/* Only for the width of characters; numbers and dates stay as they are. */
	setlocale(LC_CTYPE, "C.UTF-8");
	value_start();
	return program_main(argc, argv);
}
