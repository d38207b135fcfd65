internal import CSystem

/// Starts a detached thread with `stackBytes` of stack; the body is `sending`, so what it captures leaves the caller
/// for good.
///
/// The kernel shows the first 15 bytes of the name. A process that cannot start a thread cannot work: it stops.
package func startThread(named name: String, stack stackBytes: Int, _ body: sending @escaping () -> Void) {
    let context = unsafe Unmanaged.passRetained(ThreadBody(body)).toOpaque()
    let code = unsafe sys_thread_start(
        name, stackBytes,
        { raw in
            guard let raw = unsafe raw else { return }
            unsafe Unmanaged<ThreadBody>.fromOpaque(raw).takeRetainedValue().run()
        }, context)
    precondition(code == 0, "cannot start the thread \(name): errno \(code)")
}

/// Carries the closure through the C entry point.
private final class ThreadBody {
    let run: () -> Void
    init(_ run: @escaping () -> Void) { self.run = run }
}
