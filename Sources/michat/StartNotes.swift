import Platform
import Serving
import Settings
import Telemetry
import Weights

/// What the service says while it starts: for people, or as lines of the log where programs read them.
struct StartNotes {
    private let log: Log
    private let isForPrograms: Bool

    init(_ settings: Configuration, _ log: Log) throws(ServingError) {
        self.log = log
        isForPrograms = try Choices(settings).logFormat == .json
    }

    /// Notes before there is a log.
    init(_ settings: Configuration, label: String) throws(ServingError) {
        try self.init(settings, Wiring.log(settings, label: label))
    }

    /// Why the service does not start; false where the command's own message says it.
    func failed(_ reason: String) -> Bool {
        guard isForPrograms else { return false }
        log.error("the server does not start", ["error": Quotation.shortened(reason, to: 4096)])
        return true
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
