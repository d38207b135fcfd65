/// Prints the hops of a request as it passes them, when an operator or a test wants to follow one.
///
/// Off, a call costs one comparison. A hop is named by the type that does the work and its method: a type that does not
/// know the trace is named by the code that calls it. `Connection.readable` is the trace's name for `Connection.readable()`.
package struct HopTrace: Sendable {
    private let log: Log?
    private let thread: @Sendable () -> String

    /// Traces into `log`; `thread` names the current thread, or says nothing.
    package init(log: Log, thread: @escaping @Sendable () -> String = { "" }) {
        self.log = log
        self.thread = thread
    }

    private init() {
        log = nil
        thread = { "" }
    }

    /// Traces nothing.
    package static let off = HopTrace()

    /// Reports that `request` (an identifier, never its content) has reached a method of `type`: the one that calls, unless
    /// another is named.
    package func hop(
        _ type: @autoclosure () -> any (~Copyable).Type, _ method: StaticString = #function,
        request: @autoclosure () -> String
    ) {
        guard let log else { return }
        let name = "\(method)".prefix { $0 != "(" }
        log.info("hop", ["hop": "\(type()).\(name)", "request": request(), "thread": thread()])
    }
}
