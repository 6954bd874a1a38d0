/* SPDX-License-Identifier: Apache-2.0
 * How much CPU a process tree took, and how fast the machine was meanwhile. */
#pragma once

#include <stdint.h>

/** What the clocks say at one instant. */
struct measure {
	uint64_t wall_ns;
	uint64_t server_ns;      /* run time of all threads of the server's process tree */
	uint64_t own_ns;         /* of this process */
	uint64_t calibration_ns; /* of the calibration process, within its work alone */
	uint64_t calibration_units;
};

/**
 * Start the calibration process: on the CPU of the server it does the same small piece of work every few
 * milliseconds, so that a measurement can be scaled by how dear that work was meanwhile.
 * It ends with this process.
 */
void measure_start(unsigned server_cpu);
/** Read all clocks; tree is the process at the top of the server's tree, 0 for none. */
void measure_take(struct measure *ret, int tree);
/** Monotonic now [ns]. */
uint64_t measure_now(void);
