internal import CSystem
internal import Dispatch
internal import Synchronization

/// The C library's allocator, told to give memory back.
///
/// By default it learns from large blocks to keep blocks of that size for itself: after one request of 15 MB half a
/// gigabyte stayed with it. With fixed bounds a block of 1 MiB or more is a mapping of its own, which goes back at once;
/// what smaller ones leave behind goes back by ``returned(_:)``.
package final class Allocator: Sendable {
    /// The allocator; there is one.
    package static let shared = Allocator()

    private let waiting = Atomic<Bool>(false)

    /// Sets the bounds; before there are other threads. A process whose address space is limited gets fewer arenas, each of
    /// which reserves 64 MiB of it.
    package func configure() { sys_configure_allocator(MemoryLimit.addressSpace() == nil ? 8 : 2) }

    /// Something has given back so many bytes; after large ones, and some seconds after the last time, the system gets what
    /// is free.
    package func returned(_ bytes: Int) {
        guard bytes >= Self.largeBytes, !waiting.exchange(true, ordering: .relaxed) else { return }
        DispatchQueue.global(qos: .utility).asyncAfter(deadline: .now() + Self.pauseSeconds) { [self] in
            waiting.store(false, ordering: .relaxed)
            sys_trim_allocator()
        }
    }

    private static let largeBytes = 1 << 20
    private static let pauseSeconds = 1.0
}
