internal import Logging

/// The back end of swift-log: one line a message, in one write.
struct LineHandler: LogHandler {
    /// The key under which `Log` passes its fields in order; plain metadata of other users of swift-log is sorted.
    static let orderedFields = "michat.fields"

    let label: String
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let output: LogOutput

    init(label: String, level: Logger.Level, output: LogOutput) {
        self.label = label
        self.output = output
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = [
            (key: "time", value: output.timestamp()), (key: "level", value: event.level.rawValue),
            (key: "log", value: label),
            (key: "msg", value: event.message.description),
        ]
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            guard key == Self.orderedFields, case .array(let pairs) = value else {
                fields.append((key, value.description))
                continue
            }
            for case .array(let pair) in pairs where pair.count == 2 {
                fields.append((pair[0].description, pair[1].description))
            }
        }
        output.write(output.format.line(fields))
    }
}
