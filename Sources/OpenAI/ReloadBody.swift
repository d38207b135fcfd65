import JSON

/// The outcome of the model when the settings were read again.
package enum ReloadStatus: String, Sendable, CaseIterable {
    /// Another model, or the same one anew, answers from now on.
    case replaced
    /// The settings name the model that is there, and its files are as they were.
    case unchanged
    /// Nothing about the model has changed; the reason says why.
    case failed
}

/// The body of a successful `POST /admin/reload`.
package struct ReloadBody {
    private let status: ReloadStatus
    private let model: String
    private let fingerprint: String
    private let taken: [String]
    private let needRestart: [String]

    /// A body that names the model that answers from now on.
    package init(
        _ status: ReloadStatus, model: String, fingerprint: String, taken: [String], needRestart: [String]
    ) {
        self.status = status
        self.model = model
        self.fingerprint = fingerprint
        self.taken = taken
        self.needRestart = needRestart
    }

    /// The body as JSON.
    package func body() -> [UInt8] {
        let object: JSONValue = [
            "status": .string(status.rawValue), "model": .string(model), "system_fingerprint": .string(fingerprint),
            "taken": .array(taken.map { .string($0) }), "need_restart": .array(needRestart.map { .string($0) }),
        ]
        return Array(object.serialized().utf8)
    }
}
