/// Keeps an answer that has to call something from making the same call again and again, as small models would.
///
/// A call of a function that was called before is held back until its arguments differ from those of every earlier
/// call. One that never does is left out, and the answer ends there.
struct CallRepetition: Sendable {
    private struct Call: Sendable {
        let name: String
        var arguments: [UInt8] = []
    }

    private var earlier: [Call] = []
    private var call: Call?
    private var isHolding = false

    /// Whether a call was the same as an earlier one.
    private(set) var isFound = false

    /// What is to be told of an event: nothing yet, the event, or all that was held back.
    mutating func pass(_ event: CallEvent) -> [CallEvent] {
        switch event {
        case .began(let name):
            call = Call(name: name)
            isHolding = earlier.contains { $0.name == name }
            return isHolding ? [] : [event]
        case .arguments(let bytes):
            call?.arguments += bytes
            guard isHolding else { return [event] }
            return mayRepeat { $0.starts(with: $1) } ? [] : release()
        case .ended:
            defer { call = nil }
            if isHolding, mayRepeat({ $0 == $1 }) {
                isFound = true
                return []
            }
            let held = isHolding ? release() : []
            if let call { earlier.append(call) }
            return held + [event]
        case .withdrawn:
            defer { call = nil }
            return isHolding ? [] : [event]
        }
    }

    private func mayRepeat(_ matches: ([UInt8], [UInt8]) -> Bool) -> Bool {
        guard let call else { return false }
        return earlier.contains { $0.name == call.name && matches($0.arguments, call.arguments) }
    }

    private mutating func release() -> [CallEvent] {
        isHolding = false
        return call.map { [.began(name: $0.name), .arguments($0.arguments)] } ?? []
    }
}
