internal import CSystem
internal import Glibc

/// How the terminal of standard input treats what is typed.
package enum TerminalMode: Sendable {
    /// As it was when the process started.
    case original
    /// Every byte comes at once and as it is; nothing is echoed.
    case editing
    /// The same, but Ctrl-C interrupts. What is typed waits for the next reader.
    case quiet

    /// Brings the terminal into this mode; may be called from any thread.
    ///
    /// - Throws: the error of the call, as when standard input is no terminal.
    package func set() throws(Errno) {
        let mode =
            switch self {
            case .original: SYS_TERMINAL_ORIGINAL
            case .editing: SYS_TERMINAL_EDITING
            case .quiet: SYS_TERMINAL_QUIET
            }
        let code = sys_terminal_mode(mode)
        guard code == 0 else { throw Errno(code: code, call: "tcsetattr") }
    }

    /// Rows and columns of the terminal of standard output; 24 and 80 when it does not say.
    package static func size() -> (rows: Int, columns: Int) {
        let size = sys_terminal_size()
        guard size >> 16 > 0, size & 0xffff > 0 else { return (24, 80) }
        return (Int(size >> 16), Int(size & 0xffff))
    }
}

extension FileDescriptor {
    /// Opens `path` for adding at its end, making it for its owner alone when it is not there.
    /// - Throws: `Errno` of the system call that failed.
    package init(appendingPath path: String) throws(Errno) {
        let result = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard result >= 0 else { throw Errno.last("open") }
        self.init(owning: result)
    }

    /// Whether there is something to read, or the end, within `milliseconds`; a signal ends the wait.
    /// - Throws: `Errno` of the system call that failed.
    package borrowing func waitUntilReadable(milliseconds: Int) throws(Errno) -> Bool {
        let result = sys_wait_readable(raw, CInt(clamping: milliseconds))
        guard result >= 0 else { throw Errno(code: -result, call: "poll") }
        return result > 0
    }
}
