"""Callcenter: customer follow-up calls over Asterisk, dialled by rule, recorded, kept."""
