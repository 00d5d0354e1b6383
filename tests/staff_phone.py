"""A staff member's phone with an authenticator app: it shows each code once, as a person with patience types them."""

import pyotp


class StaffPhone:
    """Secrets by account, and the last half minute whose code was typed."""

    def __init__(self, clock):
        self._clock = clock
        self.secrets = {}
        self._typed = {}

    def scan(self, name, secret):
        self.secrets[name] = secret.replace(" ", "")
        self._typed.pop(name, None)

    def code(self, name):
        """A code that was not used yet; when those of this minute are, time passes until the next."""
        totp = pyotp.TOTP(self.secrets[name])
        while True:
            here = totp.timecode(self._clock.now())
            step = max(here - 1, self._typed.get(name, 0) + 1)
            if step <= here + 1:
                self._typed[name] = step
                return totp.generate_otp(step)
            self._clock.advance(30)

    def taken_along(self, clock):
        """The same phone in another house, where another clock runs."""
        taken = StaffPhone(clock)
        taken.secrets, taken._typed = dict(self.secrets), dict(self._typed)
        return taken

    async def enrol(self, staff, pending):
        """Set this phone up for who has just given a password; the session that begins."""
        self.scan(pending.staff, pending.new_secret)
        return (await staff.enrol(pending, self.code(pending.staff))).session

    async def finish(self, staff, pending):
        """The second step of a sign-in; the session that begins, None where the first was wrong."""
        if pending is None:
            return None
        if pending.new_secret:
            return await self.enrol(staff, pending)
        return await staff.finish(pending, self.code(pending.staff))
