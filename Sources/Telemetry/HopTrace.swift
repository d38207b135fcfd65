/// Prints the fifteen hops of a request as it passes them, when an operator or a test wants to follow one.
///
/// Off, a call costs one comparison. Types that are pure do not know it: whoever calls them reports the hop.
package struct HopTrace: Sendable {
    private let log: Log?

    /// Traces into `log`.
    package init(log: Log) { self.log = log }

    private init() { log = nil }

    /// Traces nothing.
    package static let off = HopTrace()

    /// Whether hops are printed.
    package var isOn: Bool { log != nil }

    /// Reports that `request` (an identifier, never its content) has reached the type and method `name`.
    package func hop(_ name: StaticString, request: @autoclosure () -> String) {
        guard let log else { return }
        log.info("hop", ["hop": "\(name)", "request": request()])
    }
}
