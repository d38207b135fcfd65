/// A command that cannot do its work, in words for the person who called it.
struct CommandFailure: Error, CustomStringConvertible {
    /// What could not be done, and why.
    let description: String

    init(_ description: String) { self.description = description }
}
