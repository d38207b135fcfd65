internal import Logging

/// Where log lines go and how they look.
package struct LogOutput: Sendable {
    /// One line, with its line break.
    package let write: @Sendable ([UInt8]) -> Void
    /// The moment, as printed at the head of a line; empty when the reader of the lines stamps them.
    package let timestamp: @Sendable () -> String
    /// `key=value` or one JSON object a line.
    package let format: LogFormat

    /// Collects the parts; the executable gives the real stream and clock.
    package init(
        format: LogFormat, timestamp: @escaping @Sendable () -> String, write: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.format = format
        self.timestamp = timestamp
        self.write = write
    }
}

/// Levelled, structured log lines. A copy is cheap and may be used from any thread.
///
/// What a user said is never handed to it: messages are fixed texts, fields are numbers, names and identifiers.
package struct Log: Sendable {
    /// How grave a line is; lines below the chosen level are not built.
    package enum Level: String, CaseIterable, Sendable {
        case debug, info, warning, error

        fileprivate var backend: Logger.Level {
            switch self {
            case .debug: .debug
            case .info: .info
            case .warning: .warning
            case .error: .error
            }
        }
    }
    /// Fields of a line, in the order in which they are printed.
    package typealias Fields = KeyValuePairs<String, String>

    private let logger: Logger

    /// A log named `label` ("http", "engine") that prints lines of `level` and above.
    package init(label: String, level: Level, output: LogOutput) {
        logger = Logger(label: label) { LineHandler(label: $0, level: level.backend, output: output) }
    }

    /// A log that prints nothing.
    package static let silent = Log(
        label: "silent", level: .error, output: LogOutput(format: .keyValue, timestamp: { "" }, write: { _ in }))

    /// For tracing the program itself.
    package func debug(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields) {
        line(.debug, message(), fields)
    }

    /// What an operator wants to see of a healthy service.
    package func info(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields) {
        line(.info, message(), fields)
    }

    /// Something an operator should look at.
    package func warning(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields) {
        line(.warning, message(), fields)
    }

    /// Something failed.
    package func error(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields) {
        line(.error, message(), fields)
    }

    private func line(_ level: Level, _ message: @autoclosure () -> String, _ fields: () -> Fields) {
        guard level.backend >= logger.logLevel else { return }
        let pairs = fields().map { Logger.MetadataValue.array([.string($0.key), .string($0.value)]) }
        logger.log(level: level.backend, "\(message())", metadata: [LineHandler.orderedFields: .array(pairs)])
    }
}
