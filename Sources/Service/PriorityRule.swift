/// What a request's `priority` does. A client says it of itself, so that it is believed only as far as the operator says.
package enum PriorityRule: String, Sendable {
    /// Nothing.
    case off
    /// It lets others go first, and never overtakes them.
    case clamp
    /// It is obeyed.
    case on

    /// The priority that counts; smaller runs earlier.
    package func applied(to asked: Int) -> Int {
        switch self {
        case .off: 0
        case .clamp: max(0, asked)
        case .on: asked
        }
    }

    /// The name of the field where it is not obeyed as it was asked, for the header that names such fields.
    func ignored(_ asked: Int) -> [String] { applied(to: asked) == asked ? [] : ["priority"] }
}
