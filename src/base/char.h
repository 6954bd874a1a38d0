/* SPDX-License-Identifier: Apache-2.0
 * Bytes that are letters and digits: those of ASCII, whatever the locale says. */
#pragma once

#include <stdbool.h>

/* Alphabets, to be put together by writing one behind the other. */
#define CHAR_LOWER "abcdefghijklmnopqrstuvwxyz"
#define CHAR_UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define CHAR_DIGITS "0123456789"
#define CHAR_LETTERS_DIGITS CHAR_UPPER CHAR_LOWER CHAR_DIGITS

/** Whether it is one of a to z. */
static inline bool char_is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}
/** Whether it is one of A to Z. */
static inline bool char_is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}
/** Whether it is one of 0 to 9. */
static inline bool char_is_digit(char c)
{
	return c >= '0' && c <= '9';
}
/** Whether it is a letter. */
static inline bool char_is_letter(char c)
{
	return char_is_lower(c) || char_is_upper(c);
}
/** Whether it is a letter or a digit. */
static inline bool char_is_letter_or_digit(char c)
{
	return char_is_letter(c) || char_is_digit(c);
}
/** A to Z as a to z; any other byte as it is. */
static inline char char_lower(char c)
{
	return char_is_upper(c) ? (char)(c - 'A' + 'a') : c;
}
/** a to z as A to Z; any other byte as it is. */
static inline char char_upper(char c)
{
	return char_is_lower(c) ? (char)(c - 'a' + 'A') : c;
}
/** Whether it is a digit of a hexadecimal number, in either case. */
static inline bool char_is_hex(char c)
{
	return char_is_digit(c) || (char_lower(c) >= 'a' && char_lower(c) <= 'f');
}
/** Whether it shows as it is: a space to a tilde. */
static inline bool char_is_printable(char c)
{
	return c >= ' ' && c <= '~';
}
