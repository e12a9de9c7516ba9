"""Whose word is it? A command that decides something, or writes it down, names the account that does."""

import click

from callcenter.app.books import Books
from callcenter.cli.output import fail
from callcenter.domain.access import Account, Permission
from callcenter.domain.attempt import Attempt
from callcenter.engine.decisions import By

BY = click.option("--by", required=True, help="Login of the account whose word it is.")


async def decider(books: Books, login: str, right: Permission, what: str) -> By:
    """Ends the command where there is no such account, or it may not. what: is done, for the sentence."""
    account = await _account(books, login)
    if not account.may(right):
        fail(f"The account {login!r} has no right to {what}.")
    return By(account)


async def talker(books: Books, login: str, attempt_id: str) -> tuple[By, Attempt]:
    """Who talked, and the attempt: nobody else writes down what was said in it."""
    account = await _account(books, login)
    record = await books.attempts.get(attempt_id)
    if record is None:
        fail(f"There is no attempt {attempt_id}.")
    if not account.may(Permission.USE_DESK) or account.agent_id != record.attempt.agent_id:
        fail(f"The account {login!r} is not that of the agent who made this attempt.")
    return By(account), record.attempt


async def _account(books: Books, login: str) -> Account:
    found = await books.accounts.by_login(login)
    if found is None:
        fail(f"There is no account {login!r}.")
    if found[0].disabled_at is not None:
        fail(f"The account {login!r} is disabled.")
    return found[0]
