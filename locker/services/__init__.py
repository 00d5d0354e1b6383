"""What people do around the doors: one folder a subject, and `command_service` through which all ask the engine.

Of a subject others know what its `__init__` hands out.
"""
