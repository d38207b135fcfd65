import Platform
import Settings
import Telemetry

/// What the service says while it starts: for people, or as lines of the log where programs read them.
struct StartNotes {
    private let log: Log
    private let isForPrograms: Bool

    init(_ settings: Configuration.Log, _ log: Log) {
        self.log = log
        isForPrograms = settings.format == LogFormat.json.rawValue
    }

    /// A fact with its name.
    func note(_ name: String, _ text: String, separator: String = ": ") {
        guard !isForPrograms else { return log.info(name, ["detail": text]) }
        write(name + separator + text)
    }

    /// Where the server is, and a line that can be pasted.
    func ready(_ address: SocketAddress, example: String) {
        guard !isForPrograms else {
            return log.info("ready", ["address": "http://\(address)", "example": example])
        }
        write("michat is ready at http://\(address)\n\n  \(example)\n")
    }

    private func write(_ text: String) {
        StandardError.lines.add(Array((text + "\n").utf8)) {
            Array("(\($0) lines are missing: nobody read them)\n".utf8)
        }
    }
}
