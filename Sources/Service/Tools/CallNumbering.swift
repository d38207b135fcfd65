package import OpenAI
import Platform

/// Gives the calls of one choice their numbers and ids.
package struct CallNumbering: Sendable {
    private let answer: String
    private let sequence: Int
    private var count = 0

    private static let idCharacters = 24
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

    /// Numbers for a choice of an answer whose id is random.
    package init(answer: String, sequence: Int) {
        self.answer = answer
        self.sequence = sequence
    }

    /// What is to be written for what happened.
    package mutating func fragments(of events: [CallEvent]) -> [ToolCallFragment] {
        var fragments: [ToolCallFragment] = []
        for event in events {
            switch event {
            case .began(let name):
                fragments.append(ToolCallFragment(index: count, .beginning(id: id(of: count), name: name)))
                count += 1
            case .arguments(let bytes):
                let text = String(decoding: bytes, as: UTF8.self)
                fragments.append(ToolCallFragment(index: count - 1, .arguments(text)))
            case .ended, .withdrawn: continue
            }
        }
        return fragments
    }

    /// The calls that events describe from their beginning on, without those that were withdrawn.
    package mutating func calls(of events: [CallEvent]) -> [ToolCall] {
        var calls: [ToolCall] = []
        for event in events {
            if case .withdrawn = event { calls.removeLast(min(1, calls.count)) }
            for fragment in fragments(of: [event]) {
                switch fragment.addition {
                case .beginning(let id, let name): calls.append(ToolCall(id: id, name: name, arguments: ""))
                case .arguments(let text): if !calls.isEmpty { calls[calls.count - 1].arguments += text }
                }
            }
        }
        return calls
    }

    /// An id that nobody can guess and no other call has: made from the answer's.
    private func id(of call: Int) -> String {
        let digest = Digest.sha256(Array("\(answer) \(sequence) \(call)".utf8))
        let characters = digest.prefix(Self.idCharacters).map { Self.alphabet[Int($0) % Self.alphabet.count] }
        return "call_" + String(decoding: characters, as: UTF8.self)
    }
}

extension [CallEvent] {
    /// The same with pieces of arguments joined that follow one another.
    var merged: [CallEvent] {
        var merged: [CallEvent] = []
        for event in self {
            if case .arguments(let more) = event, case .arguments(let text) = merged.last {
                merged[merged.count - 1] = .arguments(text + more)
            } else {
                merged.append(event)
            }
        }
        return merged
    }
}
