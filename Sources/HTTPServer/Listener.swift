internal import Dispatch
package import HTTP
package import Platform
internal import Telemetry

/// Accepts connections, bounds their number, and ends them in good order. One listener may serve several addresses.
package actor Listener {
    private let services: ServerServices
    private let limits: Limits
    private let budget: ConnectionBudget
    private let executor: QueueExecutor
    private let target: DispatchQueue
    private let deadlines: Deadlines
    /// The accept queue is this actor's isolation.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    private var sockets: [Int: SocketSources] = [:]
    private var connections: [Int: Connection] = [:]
    private var accepted = 0
    private var isDraining = false
    /// Released when the last connection has closed.
    private var onDrained: [@Sendable () -> Void] = []

    /// A listener that is not yet bound to any address.
    package init(services: ServerServices, limits: Limits) {
        self.services = services
        self.limits = limits
        let wanted = limits.connection.connections
        budget = ConnectionBudget(connections: wanted, descriptors: DescriptorLimit.raise() ?? Int.max)
        if budget.served < wanted {
            services.log.warning(
                "fewer connections than set: descriptors are short", ["connections": "\(budget.served)"])
        }
        target = DispatchQueue(label: "http", attributes: .concurrent)
        // A thread of their own, which a serial queue without a target gets: neither waits behind the requests of a flood.
        let prompt = DispatchQueue(label: "door")
        executor = QueueExecutor(label: "accept", target: prompt)
        deadlines = Deadlines(target: prompt)
    }

    /// Listens at `address` and returns the one it got: with port 0 the kernel chooses the port.
    /// - Throws: ``Errno`` when the address cannot be listened on.
    package nonisolated func start(address: SocketAddress) throws(Errno) -> SocketAddress {
        try start(FileDescriptor(listeningAt: address, backlog: Self.backlog))
    }

    /// Accepts from a listening socket that was inherited, such as systemd's.
    /// - Throws: ``Errno`` when the descriptor is no socket that listens.
    package nonisolated func start(inherited number: CInt) throws(Errno) -> SocketAddress {
        try start(FileDescriptor(adoptingListener: number))
    }

    /// Accepts no more, closes idle connections, lets running requests finish, then calls `completed` once.
    package nonisolated func drain(completed: @escaping @Sendable () -> Void) {
        enter { $0.beginDrain(completed) }
    }

    /// Accepts no more and closes every connection at once; handlers hear that their peers left.
    package nonisolated func stop(completed: @escaping @Sendable () -> Void) {
        enter {
            $0.beginDrain(completed)
            for connection in $0.connections.values { connection.stop() }
        }
    }

    private nonisolated func enter(_ body: @escaping @Sendable (isolated Listener) -> Void) {
        executor.queue.async { self.assumeIsolated(body) }
    }

    private nonisolated func start(_ socket: consuming FileDescriptor) throws(Errno) -> SocketAddress {
        let bound = try socket.localAddress()
        let number = socket.release()
        enter { $0.listen(FileDescriptor(owning: number)) }
        return bound
    }

    private func listen(_ socket: consuming FileDescriptor) {
        let index = sockets.count
        let sources = SocketSources(owning: socket, queue: executor.queue)
        sockets[index] = sources
        sources.start(
            owner: self, onReadable: { $0.assumeIsolated { $0.acceptReady(index) } }, onWritable: { _ in },
            onCancelled: { $0.assumeIsolated { $0.unbound(index) } })
        if isDraining { sources.cancel() }
    }

    /// Accepts what waits at one address; the source fires again if that was not all.
    private func acceptReady(_ index: Int) {
        for _ in 0..<Self.acceptsPerEvent {
            guard !isDraining, let socket = sockets[index] else { return }
            do throws(Errno) {
                admit(try socket.socket.accept())
            } catch {
                if error.isOutOfDescriptors { pause(index, error) }
                return
            }
        }
    }

    private func admit(_ socket: consuming FileDescriptor) {
        services.metrics.accepted.increment()
        let excess = connections.count - budget.served
        // Beyond the allowance for refusals there is not even an answer.
        guard excess < budget.refused else { return }
        accepted += 1
        services.trace.hop(Self.self, request: "c\(accepted)")
        let client = (try? socket.peerAddress())?.host ?? ""
        let environment = Connection.Environment(
            client: client, target: target, deadlines: deadlines,
            onClosed: { [weak self] number in self?.enter { $0.closed(number) } })
        let connection = Connection(
            socket, number: accepted, services: services, limits: limits, environment: environment)
        connections[accepted] = connection
        services.metrics.open.set(Double(connections.count))
        connection.open(refusal: excess >= 0 ? .tooManyConnections : nil)
    }

    /// Without descriptors the waiting connection would fire the source for ever: it rests a moment.
    private func pause(_ index: Int, _ error: Errno) {
        services.metrics.acceptFailures.increment()
        services.log.warning("cannot accept", ["error": error.description])
        sockets[index]?.suspendReading()
        executor.queue.asyncAfter(deadline: .now() + Self.pauseSeconds) { [weak self] in
            self?.assumeIsolated { $0.sockets[index]?.resumeReading() }
        }
    }

    private func unbound(_ index: Int) {
        sockets.removeValue(forKey: index)
        reportDrained()
    }

    private func closed(_ number: Int) {
        connections.removeValue(forKey: number)
        services.metrics.open.set(Double(connections.count))
        reportDrained()
    }

    private func beginDrain(_ completed: @escaping @Sendable () -> Void) {
        onDrained.append(completed)
        if !isDraining {
            isDraining = true
            for socket in sockets.values { socket.cancel() }
            for connection in connections.values { connection.drain() }
        }
        reportDrained()
    }

    private func reportDrained() {
        guard isDraining, connections.isEmpty, sockets.isEmpty else { return }
        let waiting = onDrained
        onDrained = []
        for completed in waiting { completed() }
    }

    private static let backlog = 1024
    private static let acceptsPerEvent = 64
    private static let pauseSeconds = 0.1
}
