"""Signing in and out, and what somebody has signed in with."""

from quarterday_webforms.accounts.account import account
from quarterday_webforms.accounts.signing_in import sign_in

BLUEPRINTS = (sign_in, account)
