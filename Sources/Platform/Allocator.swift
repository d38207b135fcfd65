internal import CSystem
internal import Dispatch
internal import Synchronization

/// The C library's allocator, told to give memory back.
///
/// By default it learns from large blocks to keep blocks of that size for itself: after one request of 15 MB half a
/// gigabyte stayed with it. With fixed bounds a block of 1 MiB or more is a mapping of its own, which goes back at once;
/// what smaller ones leave behind goes back by ``returned(_:)``. Thousands of small answers leave as much behind as a large
/// one, in holes between what lives on.
package final class Allocator: Sendable {
    /// The allocator; there is one.
    package static let shared = Allocator()

    /// Bytes that came back since the system last got what is free.
    private let owed = Atomic<Int>(0)
    /// Whether it gets that after a pause, and whether it gets it after a longer one at the latest.
    private let isDue = Atomic<Bool>(false)
    private let isExpected = Atomic<Bool>(false)

    /// Sets the bounds; before there are other threads. Every arena keeps what its own threads have freed, so there are no
    /// more than threads that run at once. A process whose address space is limited gets two, each of which reserves 64 MiB.
    package func configure() {
        let arenas = min(max(2, CPUQuota.usableCores()), Self.mostArenas)
        sys_configure_allocator(Int32(MemoryLimit.addressSpace() == nil ? arenas : 2))
    }

    /// Something has given back so many bytes: soon, when it comes to enough together, and some time later in any case, the
    /// system gets what is free.
    package func returned(_ bytes: Int) {
        let sum = owed.wrappingAdd(max(0, bytes), ordering: .relaxed).newValue
        if sum >= Self.enoughBytes, !isDue.exchange(true, ordering: .relaxed) { giveBack(after: Self.pauseSeconds) }
        guard sum > 0, !isExpected.exchange(true, ordering: .relaxed) else { return }
        DispatchQueue.global(qos: .utility).asyncAfter(deadline: .now() + Self.quietSeconds) { [self] in
            isExpected.store(false, ordering: .relaxed)
            guard owed.load(ordering: .relaxed) > 0, !isDue.exchange(true, ordering: .relaxed) else { return }
            giveBack(after: 0)
        }
    }

    private func giveBack(after seconds: Double) {
        DispatchQueue.global(qos: .utility).asyncAfter(deadline: .now() + seconds) { [self] in
            owed.store(0, ordering: .relaxed)
            let began = Clock.threadNanoseconds()
            sys_trim_allocator()
            let took = Double(Clock.threadNanoseconds() - began) / 1e9
            // However much there is to look through, this takes a hundredth of a core at most.
            DispatchQueue.global(qos: .utility).asyncAfter(deadline: .now() + took * Self.restsPerSecond) { [self] in
                isDue.store(false, ordering: .relaxed)
                // What came back meanwhile has been noted.
                returned(0)
            }
        }
    }

    private static let enoughBytes = 4 << 20
    private static let mostArenas = 8
    private static let pauseSeconds = 1.0
    private static let quietSeconds = 20.0
    private static let restsPerSecond = 100.0
}
