"""Asterisk: a typed REST client, the event stream, and the translation between its words and the domain's."""
