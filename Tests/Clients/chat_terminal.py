"""`michat chat` in a terminal of its own: keys as xterm sends them, and what comes of them."""

import fcntl
import os
import pathlib
import pty
import select
import struct
import tempfile
import termios
import time

from harness import KEY, check, main, server

PATIENCE = 60


class Chat:
    """A conversation in a pseudo-terminal."""

    def __init__(self, *flags, rows=24, columns=60, state=None):
        self.seen = b""
        program = os.environ["MICHAT_PROGRAM"]
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            variables = {
                "PATH": "/usr/bin:/bin", "TERM": "xterm", "OPENAI_API_KEY": KEY,
                "XDG_STATE_HOME": state or "/nonexistent/state",
            }
            arguments = [program, "chat", "--url", server.url, "--set", "temperature=0", *flags]
            os.execve(program, arguments, variables)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self):
        if not select.select([self.terminal], [], [], 0.2)[0]:
            return True
        try:
            data = os.read(self.terminal, 65536)
        except OSError:
            return False
        self.seen += data
        return bool(data)

    def until(self, *marks):
        """Reads until the marks were seen one after another; what came before them is forgotten and returned."""
        passed = b""
        for mark in marks:
            deadline = time.monotonic() + PATIENCE
            while mark.encode() not in self.seen:
                assert time.monotonic() < deadline and self.read(), f"no {mark!r} in {self.seen!r}"
            before, _, self.seen = self.seen.partition(mark.encode())
            passed += before + mark.encode()
        return passed.decode(errors="replace")

    def type(self, keys):
        os.write(self.terminal, keys.encode())
        return self

    def end(self):
        """The exit code once the conversation has ended by itself."""
        deadline = time.monotonic() + PATIENCE
        while self.read():
            assert time.monotonic() < deadline, f"it goes on: {self.seen!r}"
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])

    def echoes(self):
        return bool(termios.tcgetattr(self.terminal)[3] & termios.ECHO)


UP, LEFT, PASTE, PASTED = "\x1b[A", "\x1b[D", "\x1b[200~", "\x1b[201~"


@check
def a_line_is_edited():
    """Arrows, Home, Ctrl-K and friends change the question instead of standing in it as ^[[D."""
    chat = Chat("--set", "max_tokens=4")
    banner = chat.until("> ")
    assert "smollm2 at " in banner and "/help" in banner, banner
    chat.type("hello wrld" + LEFT * 3 + "o\x01H\x1b[3~\x05 tail\x17\x7f\r")
    chat.until("a second]", "> ")
    chat.type("/history\r")
    assert "user: Hello world\r\n" in chat.until("assistant:")
    chat.type("\x04")
    assert chat.end() == 0


@check
def a_pasted_text_is_one_question():
    """Pasting code sends several lines at once; each was a question of its own."""
    chat = Chat("--set", "max_tokens=4")
    chat.until("> ")
    chat.type(f"{PASTE}first\r\n  second\r\n{PASTED}\r").until("a second]", "> ")
    chat.type("/history\r")
    history = chat.until("assistant:")
    assert "user: first\r\n  second\r\n" in history, history
    chat.type("/quit\r")
    assert chat.end() == 0


@check
def earlier_questions_come_back_the_next_time():
    """The history lies in $XDG_STATE_HOME, for this user alone, and only as long as it is wanted."""
    with tempfile.TemporaryDirectory() as state:
        path = pathlib.Path(state) / "michat/chat_history"
        chat = Chat(state=state)
        chat.until("> ")
        chat.type("/params seed=7\r").until("seed=7", "> ")
        chat.type("\x04")
        assert chat.end() == 0
        assert path.read_text() == "/params seed=7\n"
        assert path.stat().st_mode & 0o077 == 0 and path.parent.stat().st_mode & 0o077 == 0
        chat = Chat("--chat.history", "false", state=state)
        chat.until("> ")
        chat.type("/params seed=8\r").until("seed=8", "> ")
        chat.type(UP + UP + "\r").until("seed=8", "> ")
        chat.type("\x04")
        assert chat.end() == 0
        assert path.read_text() == "/params seed=7\n"
        chat = Chat(state=state)
        chat.until("> ")
        chat.type(UP).until("/params seed=7")
        chat.type("\x03").until("^C", "> ")
        chat.type("\x04")
        assert chat.end() == 0


@check
def an_answer_streams_without_echo_and_stops():
    """What is typed meanwhile waits for the next prompt, and Ctrl-C ends the answer, not the conversation."""
    chat = Chat("--set", "max_tokens=6000", "--set", "min_tokens=6000", "--set", "temperature=1", "--set", "seed=1")
    chat.until("> ")
    chat.type("Count to one thousand.\r").until("Count to one thousand.", "\n")
    while not chat.seen:
        chat.read()
    assert not chat.echoes()
    chat.type("/params seed=9")
    # The line discipline throws away what was typed before an interrupt, so that comes first.
    os.write(chat.terminal, b"\x03")
    stopped = chat.until("[stopped]")
    assert "/params" not in stopped, stopped
    chat.until("> ")
    chat.type("/history\r").until("assistant:", "> ")
    chat.type("/quit\r")
    assert chat.end() == 0


@check
def what_is_typed_ahead_waits():
    """A question typed while an answer streams is there at the next prompt."""
    chat = Chat("--set", "max_tokens=40")
    chat.until("> ")
    chat.type("Say hello.\r").until("Say hello.", "\n")
    chat.type("/params seed=9\r")
    chat.until("a second]", "> /params seed=9", "seed=9", "> ")
    chat.type("\x04")
    assert chat.end() == 0


@check
def ctrl_c_at_the_prompt():
    """The first throws the line away, on an empty line it warns, and the next ends."""
    chat = Chat()
    chat.until("> ")
    chat.type("half a question\x03").until("^C", "> ")
    chat.type("\x03").until("[Ctrl-C again ends]", "> ")
    chat.type("\x03")
    assert chat.end() == 130


@check
def the_terminal_is_given_back():
    """After the end the terminal echoes and takes pasted text as before."""
    keeper = pty.openpty()
    before = termios.tcgetattr(keeper[1])
    chat = Chat()
    chat.until("\x1b[?2004h", "> ")
    assert not chat.echoes()
    chat.type("\x04").until("\x1b[?2004l")
    assert chat.end() == 0
    assert before[3] & termios.ECHO
    for descriptor in keeper:
        os.close(descriptor)


@check
def a_narrow_window_and_a_new_size():
    """Long lines with wide characters are broken where the window ends, and a new size is drawn anew."""
    chat = Chat(columns=20, rows=5)
    chat.until("> ")
    chat.type("日本語日本語日本語日本語").until("日本語日本語日本語\r\r\n日本語")
    fcntl.ioctl(chat.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    chat.until("> 日本語日本語日本語日本語")
    chat.type("\x15\x04")
    assert chat.end() == 0


main(__file__)
