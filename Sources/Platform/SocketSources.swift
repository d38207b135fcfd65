package import Dispatch

/// A socket with its read and write event sources, for one owner on one queue.
///
/// The sources are level-triggered: an event that is neither consumed nor suspended fires again at once. A suspended
/// source hears of its cancellation once it is resumed, and the descriptor may be closed only when both have: until
/// then the owner, and with it this object and the descriptor, is kept alive.
package final class SocketSources {
    /// The socket; closed by its deinit alone.
    package let socket: FileDescriptor
    private let queue: DispatchQueue
    private let reading: any DispatchSourceRead
    private let writing: any DispatchSourceWrite
    private var readsSuspended = true
    private var writesSuspended = true
    private var isCancelled = false

    /// Takes over the socket; nothing fires before `start`.
    package init(owning socket: consuming FileDescriptor, queue: DispatchQueue) {
        let number = socket.raw
        self.socket = socket
        self.queue = queue
        reading = DispatchSource.makeReadSource(fileDescriptor: number, queue: queue)
        writing = DispatchSource.makeWriteSource(fileDescriptor: number, queue: queue)
    }

    /// Arms the read source. All closures run on the queue; `owner` stays alive until `onCancelled`, the last of them,
    /// after which the descriptor may be let go. The sources release the closures when they are cancelled: an owner that
    /// keeps this object has to cancel it.
    package func start<Owner: AnyObject & Sendable>(
        owner: Owner, onReadable: @escaping @Sendable (Owner) -> Void, onWritable: @escaping @Sendable (Owner) -> Void,
        onCancelled: @escaping @Sendable (Owner) -> Void
    ) {
        precondition(!isCancelled, "a cancelled socket does not start again")
        let cancellations = DispatchGroup()
        for source in [reading, writing] as [any DispatchSourceProtocol] {
            cancellations.enter()
            source.setCancelHandler { cancellations.leave() }
        }
        cancellations.notify(queue: queue) { onCancelled(owner) }
        reading.setEventHandler { onReadable(owner) }
        writing.setEventHandler { onWritable(owner) }
        resumeReading()
    }

    /// Lets read events come.
    package func resumeReading() {
        guard readsSuspended, !isCancelled else { return }
        readsSuspended = false
        reading.resume()
    }

    /// Keeps read events back.
    package func suspendReading() {
        guard !readsSuspended, !isCancelled else { return }
        readsSuspended = true
        reading.suspend()
    }

    /// Lets write events come: only while a send would block.
    package func resumeWriting() {
        guard writesSuspended, !isCancelled else { return }
        writesSuspended = false
        writing.resume()
    }

    /// Keeps write events back.
    package func suspendWriting() {
        guard !writesSuspended, !isCancelled else { return }
        writesSuspended = true
        writing.suspend()
    }

    /// Ends both sources; the descriptor closes when the last reference goes. May be called again.
    package func cancel() {
        guard !isCancelled else { return }
        isCancelled = true
        // Cancelled first: a source that was resumed before would be armed once more, only to be torn down at once.
        reading.cancel()
        writing.cancel()
        if readsSuspended { reading.resume() }
        if writesSuspended { writing.resume() }
    }

    deinit { precondition(isCancelled, "a socket was let go without being cancelled") }
}
