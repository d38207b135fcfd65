import Dispatch
import Synchronization

/// Where whole answers are put together and told: apart from the threads of connections and of requests, which a long
/// answer would keep from others. Nothing that runs here waits.
enum AnswerThreads {
    /// Serial queues without a target have threads of their own, whatever else the process does.
    private static let lanes = (0..<4).map { DispatchQueue(label: "answers-\($0)") }
    private static let given = Atomic<Int>(0)

    /// A queue for one answer, in its order; the answers take the threads in turns.
    static func queue() -> DispatchQueue {
        let turn = given.wrappingAdd(1, ordering: .relaxed).oldValue
        return DispatchQueue(label: "answer", target: lanes[Int(UInt(bitPattern: turn) % UInt(lanes.count))])
    }
}
