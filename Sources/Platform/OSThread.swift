internal import CSystem
internal import Glibc

/// Starts a detached thread with `stackBytes` of stack; the body is `sending`, so what it captures leaves the caller
/// for good.
///
/// The kernel shows the first 15 bytes of the name. A process that cannot start a thread cannot work: it stops.
/// `released` is called on the thread when the body has ended and what it captured has been let go, and released then.
package func startThread(
    named name: String, stack stackBytes: Int, released: @escaping @Sendable () -> Void = {},
    _ body: sending @escaping () -> Void
) {
    let code = threadCode(named: name, stack: stackBytes, released, body)
    precondition(code == 0, "cannot start the thread \(name): errno \(code)")
}

/// The same for work that can be refused: false, and the body is released, where the system gives no thread.
package func startThreadIfPossible(
    named name: String, stack stackBytes: Int, _ body: sending @escaping () -> Void
) -> Bool {
    threadCode(named: name, stack: stackBytes, {}, body) == 0
}

/// Lets other threads go before the current one, where the system permits that: beside one that says nothing, three steps of
/// niceness leave it half as much time as that, five a third, ten a tenth.
package func lowerThreadPriority(by niceness: Int32) { _ = nice(niceness) }

/// The kernel's number and name of the current thread, such as `4711 (engine)`; for tracing, as it reads a file.
package func currentThreadLabel() -> String {
    let line = KernelFile.text("/proc/thread-self/stat") ?? ""
    return line.lastIndex(of: ")").map { String(line[...$0]) } ?? ""
}

private func threadCode(
    named name: String, stack stackBytes: Int, _ released: @escaping @Sendable () -> Void,
    _ body: sending @escaping () -> Void
) -> CInt {
    let context = unsafe Unmanaged.passRetained(ThreadBody(body, released)).toOpaque()
    let code = unsafe sys_thread_start(
        name, stackBytes,
        { raw in
            guard let raw = unsafe raw else { return }
            var body: ThreadBody? = unsafe Unmanaged<ThreadBody>.fromOpaque(raw).takeRetainedValue()
            let released = body?.released
            body?.run()
            body = nil
            released?()
        }, context)
    if code != 0 { unsafe Unmanaged<ThreadBody>.fromOpaque(context).release() }
    return code
}

/// Carries the closure through the C entry point.
private final class ThreadBody {
    let run: () -> Void
    let released: @Sendable () -> Void

    init(_ run: @escaping () -> Void, _ released: @escaping @Sendable () -> Void) {
        self.run = run
        self.released = released
    }
}
