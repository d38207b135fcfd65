/// What this build calls itself.
package enum Version {
    /// Three numbers, as in `0.1.0`.
    package static let text = "0.1.0"
}
