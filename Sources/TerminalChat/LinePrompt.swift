import Dispatch
import Glibc
import LineEditing
import Platform

/// Questions typed into a terminal, with a line editor; between them the terminal echoes nothing.
final class LinePrompt {
    /// What somebody did at the prompt.
    enum Entry {
        case text(String)
        /// Ctrl-C; `wasEmpty` tells whether anything was typed.
        case cancelled(wasEmpty: Bool)
        case ended
    }

    private let input: FileDescriptor
    private let history: HistoryFile?
    private var editor: LineEditor
    private var decoder = KeyDecoder()
    private var screen = EditorScreen()
    /// Keys that came together with those of the line before.
    private var waiting: [Key] = []
    /// Whether the screen shows less than was typed.
    private var isStale = false
    private var endings: [any DispatchSourceSignal] = []

    private static let pasteOn = "\u{1b}[?2004h"
    private static let pasteOff = "\u{1b}[?2004l"
    /// How soon a new size of the terminal is noticed.
    private static let sizeMilliseconds = 200

    /// An editor on the terminal of this process; nil where there is none, or one that cannot move its cursor.
    init?(history: HistoryFile?) {
        let environment = ProcessEnvironment.variables
        guard Terminal.isInputInteractive, Terminal.isOutputInteractive,
            !["", "dumb"].contains(environment["TERM"] ?? ""),
            let input = try? FileDescriptor(duplicating: 0), (try? TerminalMode.quiet.set()) != nil
        else { return nil }
        self.input = input
        self.history = history
        editor = LineEditor(history: history?.entries() ?? [])
        // The handlers are released with the sources, which this object holds.
        endings = [SIGTERM, SIGHUP].map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { Self.endProcess(128 + number) }
            source.resume()
            return source
        }
        Terminal.write(Self.pasteOn)
    }

    /// Gives the terminal back as it was.
    static func restore() {
        try? StandardOutput.write(Array(pasteOff.utf8))
        try? TerminalMode.original.set()
    }

    /// Gives the terminal back and ends the process.
    static func endProcess(_ code: CInt) -> Never {
        restore()
        _exit(code)
    }

    /// Reads until a question is complete.
    func read() throws(Errno) -> Entry {
        try TerminalMode.editing.set()
        // Until the next call Ctrl-C interrupts the answer, and what is typed waits.
        defer { try? TerminalMode.quiet.set() }
        draw()
        var size = TerminalMode.size()
        while true {
            while !waiting.isEmpty {
                let key = waiting.removeFirst()
                if isStale, key == .enter || key == .cancel { draw() }
                if let entry = obey(editor.handle(key)) { return entry }
            }
            guard try input.waitUntilReadable(milliseconds: Self.sizeMilliseconds) else {
                let newSize = TerminalMode.size()
                if newSize != size { draw() }
                size = newSize
                continue
            }
            let bytes = try input.read(maximumBytes: 1 << 16)
            guard !bytes.isEmpty else { return .ended }
            waiting += decoder.consume(bytes)
        }
    }

    /// Adds a question to the history, here and for the next time.
    func remember(_ text: String) {
        editor.remember(text)
        history?.append(text)
    }

    private func obey(_ effect: LineEditor.Effect) -> Entry? {
        switch effect {
        case .none: return nil
        case .redraw:
            // Keys that came together are shown together.
            if waiting.isEmpty { draw() } else { isStale = true }
            return nil
        case .clearScreen:
            Terminal.write(screen.clear())
            draw()
            return nil
        case .suspend:
            suspend()
            return nil
        case .submit(let text):
            Terminal.write(screen.leave())
            return .text(text)
        case .cancel(let wasEmpty):
            Terminal.write("^C" + screen.leave())
            return .cancelled(wasEmpty: wasEmpty)
        case .end:
            Terminal.write(screen.leave())
            return .ended
        }
    }

    private func draw() {
        isStale = false
        let (rows, columns) = TerminalMode.size()
        let layout = EditorLayout(
            prompt: "> ", continuation: ". ", characters: editor.characters, cursor: editor.cursor, columns: columns)
        Terminal.write(screen.draw(layout.window(height: rows), columns: columns))
    }

    private func suspend() {
        Terminal.write(screen.leave())
        Self.restore()
        _ = kill(getpid(), SIGTSTP)
        try? TerminalMode.editing.set()
        Terminal.write(Self.pasteOn)
        draw()
    }
}
