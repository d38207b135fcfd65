internal import Glibc

/// The three standard streams as a person or a pipe sees them.
package enum Terminal {
    /// Whether somebody types.
    package static var isInputInteractive: Bool { isatty(STDIN_FILENO) == 1 }
    /// Whether somebody reads the answer on a screen.
    package static var isOutputInteractive: Bool { isatty(STDOUT_FILENO) == 1 }
    /// Whether somebody watches the progress.
    package static var isErrorInteractive: Bool { isatty(STDERR_FILENO) == 1 }

    /// Text for the person or pipe that asked, at once; when it cannot be written, the process ends with 1.
    package static func write(_ text: String) {
        do {
            try StandardOutput.write(Array(text.utf8))
        } catch {
            note("Error: standard output: \(error)")
            _exit(1)
        }
    }

    /// One line for the person or pipe that asked.
    package static func print(_ line: String) { write(line + "\n") }

    /// One line about the work itself.
    package static func note(_ line: String) { StandardError.write(Array((line + "\n").utf8)) }

    /// Text on the error stream without a line break.
    package static func noteInPlace(_ text: String) { StandardError.write(Array(text.utf8)) }

    /// Foreign text without the bytes that move a cursor or change a terminal.
    package static func harmless(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter { scalar in
                    scalar == "\n" || scalar == "\t" || !(scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value))
                }))
    }
}
