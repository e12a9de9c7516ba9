"""Benches: how quick is it, beside the least that could be done?"""
