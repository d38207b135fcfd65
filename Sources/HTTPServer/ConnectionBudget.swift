/// How many connections may be open, so that descriptors never run out.
///
/// They must not: besides failing to accept, libdispatch on Linux looks at its own threads through files below `/proc` and
/// ends the process when it cannot open one.
package struct ConnectionBudget: Sendable, Equatable {
    /// Connections that are served.
    package let served: Int
    /// Connections beyond these that are told that there are too many.
    package let refused: Int

    /// The budget for a wish of `connections` in a process that may open `descriptors`.
    package init(connections: Int, descriptors: Int) {
        let available = max(2, descriptors - Self.reservedDescriptors)
        refused = min(Self.mostRefused, max(1, available / 4))
        served = max(1, min(connections, available - refused))
    }

    /// Kept for everything that is no connection: listeners, events, threads, files.
    package static let reservedDescriptors = 32
    private static let mostRefused = 64
}
