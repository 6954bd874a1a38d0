/* SPDX-License-Identifier: Apache-2.0
 * What people and the command line are told of a running server. */
#include "supervisor/announce.h"

#include "base/memory.h"
#include "log/log.h"
#include "os/file.h"

#include <unistd.h>

#define READY_MAX ((size_t)65536)

void announce_urls(struct supervisor *s)
{
	const char *host = settings_text(s->settings, SETTING_host);
	const char *scheme = settings_is_on(s->settings, SETTING_management_tls) ? "https" : "http";
	mem_free(s->gateway_url);
	mem_free(s->management_url);
	s->gateway_url = mem_printf("https://%s:%u", host, s->gateway_port);
	s->management_url = mem_printf("%s://%s:%u", scheme, host, s->management_port);
}

void announce_endpoints(const struct supervisor *s)
{
	struct err err = { 0 };
	const char *state_dir = s->settings->state_dir;
	AUTO_VALUE *v = value_object();
	AUTO_BUF(text, 65536);
	AUTO_FREE char *path = mem_printf("%s/endpoints.json", state_dir);
	AUTO_FREE char *sock = mem_printf("%s/admin.sock", state_dir);
	AUTO_FREE char *ca = mem_printf("%s/ca/root.pem", state_dir);
	value_set_c(v, "gateway", s->gateway_url);
	value_set_c(v, "management", s->management_url);
	value_set_c(v, "socket", sock);
	value_set_c(v, "ca", ca);
	value_set_int(v, "pid", getpid());
	if (value_format(v, &text) != RC_OK || !buf_add_char(&text, '\n') ||
	    file_write_atomic(path, buf_str(&text), 0600, &err) != RC_OK) {
		log_err(LOG_ERROR, "endpoints_not_written", &err);
	}
}

void announce_end(const struct supervisor *s)
{
	AUTO_FREE char *path = mem_printf("%s/endpoints.json", s->settings->state_dir);
	file_remove(path);
}

/* The administrator's password of a new store lies in a file that is read once here. */
static void print_ready(const struct supervisor *s)
{
	AUTO_BUF_SECRET(password, 1024);
	AUTO_BUF_SECRET(text, READY_MAX);
	AUTO_FREE char *file = mem_printf("%s/admin.password", s->settings->state_dir);
	bool fresh = file_read(file, 1024, &password, NULL) == RC_OK && str_trim(buf_str(&password)).n > 0;
	buf_printf(&text, "postern %s  dev: everything below %s, loopback only\n", POSTERN_VERSION,
		   s->settings->state_dir);
	if (fresh) {
		buf_printf(&text, "  management   %s/   (admin / %.*s, shown once)\n", s->management_url,
			   STR_ARG(str_trim(buf_str(&password))));
	} else {
		buf_printf(&text, "  management   %s/   (admin; the password was shown at the first start)\n",
			   s->management_url);
	}
	buf_printf(&text, "  integration  %s/http/...   client certificate asked for\n", s->gateway_url);
	buf_printf(&text, "  own CA       %s/ca/root.pem\n", s->settings->state_dir);
	buf_add_c(&text, "Ready.  Next: postern quickstart hello\n");
	s->options->tell(buf_str(&text));
	file_remove(file);
}

/* A service has no terminal: what its operator should do is in the log. */
static void log_served(const struct supervisor *s)
{
	const char *state_dir = s->settings->state_dir;
	AUTO_FREE char *file = mem_printf("%s/admin.password", state_dir);
	if (access(file, F_OK) == 0) {
		log_event(LOG_WARNING, "admin_password_waits",
			  "file=%s next=\"read it, then remove the file\"", file);
	}
	if (!*settings_text(s->settings, SETTING_master_key_file)) {
		log_event(LOG_WARNING, "master_key_beside_store", "folder=%s next=\"set master_key_file\"",
			  state_dir);
	}
}

void announce_ready(const struct supervisor *s)
{
	log_event(LOG_INFO, "server_ready", "gateway=%s management=%s workers=%zu", s->gateway_url,
		  s->management_url, s->n_workers);
	if (s->settings->dev) {
		print_ready(s);
	} else {
		log_served(s);
	}
}
