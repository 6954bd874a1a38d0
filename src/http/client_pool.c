/* SPDX-License-Identifier: Apache-2.0
 * Receivers, and the connections to each that are kept for its next call. */
#include "http/client_internal.h"

static bool leads_to(const struct client_receiver *r, bool https, struct str host, uint16_t port,
		     const char *unix_path, const struct tls_client_context *tls)
{
	return r->https == https && r->port == port && r->tls == tls && str_is(host, r->host) &&
	       (unix_path && r->unix_path ? strcmp(unix_path, r->unix_path) == 0
					  : !unix_path && !r->unix_path);
}

struct client_receiver *receiver_get(struct http_client *client, bool https, struct str host, uint16_t port,
				     const char *unix_path, struct tls_client_context *tls)
{
	struct client_receiver *r = client->receivers;
	while (r && !leads_to(r, https, host, port, unix_path, tls))
		r = r->next;
	if (!r) {
		r = mem_alloc(sizeof(*r));
		*r = (struct client_receiver){ .client = client,
					       .next = client->receivers,
					       .https = https,
					       .host = str_dup(host),
					       .port = port,
					       .unix_path = mem_strdup(unix_path),
					       .tls = tls ? tls_client_context_ref(tls) : NULL };
		client->receivers = r;
	}
	r->owners++;
	return r;
}

void receiver_release(struct client_receiver *receiver)
{
	if (!receiver || --receiver->owners > 0)
		return;
	struct client_receiver **at = &receiver->client->receivers;
	while (*at != receiver)
		at = &(*at)->next;
	*at = receiver->next;
	tls_client_context_free(receiver->tls);
	mem_free(receiver->host);
	mem_free(receiver->unix_path);
	mem_free(receiver);
}

void pool_remove(struct client_connection *c)
{
	*(c->previous ? &c->previous->next : &c->receiver->idle) = c->next;
	if (c->next)
		c->next->previous = c->previous;
	c->next = c->previous = NULL;
	c->receiver->n_idle--;
	c->client->n_idle--;
	loop_timer_stop(c->timer);
}

/* The client keeps too many: the oldest of whichever receiver has most goes. */
static void make_room(struct http_client *client)
{
	const struct client_receiver *most = client->receivers;
	for (const struct client_receiver *r = client->receivers; r; r = r->next) {
		if (r->n_idle > most->n_idle)
			most = r;
	}
	struct client_connection *oldest = most->idle;
	while (oldest->next)
		oldest = oldest->next;
	client_connection_drop(oldest);
}

void pool_keep(struct client_connection *c)
{
	struct http_client *client = c->client;
	struct client_receiver *receiver = c->receiver;
	if (receiver->n_idle >= client->options.max_idle_per_host) {
		client_connection_drop(c);
		return;
	}
	while (client->n_idle >= client->options.max_idle)
		make_room(client);
	c->call = NULL;
	c->used = true;
	c->state = CLIENT_IDLE;
	c->next = receiver->idle;
	if (c->next)
		c->next->previous = c;
	receiver->idle = c;
	receiver->n_idle++;
	client->n_idle++;
	loop_watch_set(c->watch, LOOP_READ);
	loop_timer_set_ms(c->timer, client->options.idle_timeout_ms);
}

struct client_connection *pool_take(struct client_receiver *receiver)
{
	while (receiver->idle) {
		struct client_connection *c = receiver->idle;
		char byte;
		size_t n;
		/* Whatever can be read on it, its end too, spoils it: nobody asked for that. */
		if (transport_read(c->transport, &byte, 1, &n, NULL) == RC_AGAIN) {
			pool_remove(c);
			return c;
		}
		client_connection_drop(c);
	}
	return NULL;
}

void pool_clear(struct http_client *client)
{
	while (client->n_idle > 0)
		make_room(client);
}
