"""What the command line asks of the cabinet, with the daemon running or without."""

from __future__ import annotations

from locker.services.admin.admin_commands import NOBODY, AdminCommands, CommandFailed, refusal
from locker.services.admin.command_line import admin_act, build_parser
from locker.services.admin.control_socket import ask_daemon, serve_control_socket
from locker.services.admin.folder_commands import run_audit, run_backup, run_case_audit, run_restore

__all__ = [
    "NOBODY",
    "AdminCommands",
    "CommandFailed",
    "admin_act",
    "ask_daemon",
    "build_parser",
    "refusal",
    "run_audit",
    "run_backup",
    "run_case_audit",
    "run_restore",
    "serve_control_socket",
]
