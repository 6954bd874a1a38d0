/* SPDX-License-Identifier: Apache-2.0
 * The verb "label" of destinations, fragments and certificates. */
#pragma once

#include "cmd/line/command.h"

/** Options --add and --remove; ends with an empty row. */
extern const struct command_option destination_label_options[];
/** Change the labels of the one that argument 0 names, of the kind that the command's noun says;
 * print what there is then. */
enum rc destination_label_run(struct command_line *line, struct err *reterr);
