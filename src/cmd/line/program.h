/* SPDX-License-Identifier: Apache-2.0
 * One run of the program: the row that its words name is run, and what failed is told. */
#pragma once

/** Read one command line, run it, tell what failed. Returns the exit code. */
int program_main(int argc, char *argv[]);
