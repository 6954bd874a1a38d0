/* SPDX-License-Identifier: Apache-2.0
 * The other side of job.h: the process that does one job and ends. */
#pragma once

/**
 * Be a job: read one request from fd 3 until its end, do it, write one answer there, return the exit code.
 * `postern part job` calls it. It sets its limits and its sandbox before it looks at the request.
 */
int job_run(void);
