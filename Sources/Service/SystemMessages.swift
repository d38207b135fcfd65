import JSON
import OpenAI
import Templating

/// Where a chat template shows system messages.
struct SystemMessageStyle: Sendable, Equatable {
    /// Whether it shows one at the beginning.
    let takesLeading: Bool
    /// Whether it shows one in the middle and at the end of a conversation, too.
    let takesLater: Bool

    /// What a template makes of system messages; without a template there is nothing to be lost.
    init(_ template: ChatTemplate?) {
        guard let template else {
            takesLeading = true
            takesLater = true
            return
        }
        let trial = SystemMessageTrial(template: template)
        takesLeading = trial.shows([.system, .user])
        takesLater =
            trial.shows([.user, .assistant, .system, .user])
            && (!takesLeading || trial.shows([.otherSystem, .user, .assistant, .system, .user]))
            && trial.shows([.user, .system])
    }
}

/// Renders small conversations to see whether a system message is in them.
private struct SystemMessageTrial {
    enum Turn: String {
        case system, otherSystem, user, assistant
    }

    let template: ChatTemplate

    func shows(_ turns: [Turn]) -> Bool {
        let messages = turns.map { turn -> JSONValue in
            switch turn {
            case .system: ["role": "system", "content": "0told0"]
            case .otherSystem: ["role": "system", "content": "0other0"]
            default: ["role": .string(turn.rawValue), "content": "0said0"]
            }
        }
        let input = ChatTemplateInput(
            messages: messages, tools: nil, addGenerationPrompt: true, bosToken: "", eosToken: "", extra: [:],
            now: TemplateDate(unixSeconds: 0))
        guard let text = try? template.render(input) else { return false }
        return text.contains("0told0") && (!turns.contains(.otherSystem) || text.contains("0other0"))
    }
}

/// Puts system messages where the chat template shows them, so that none is dropped or refused.
///
/// Several at the beginning become one. What the template would not show becomes a part of the next user turn:
///
///     system A, system B, user C, assistant D, system E, user F
///     →  system "A\n\nB", user C, assistant D, user "<system>\nE\n</system>\n\nF"
struct SystemMessages {
    private let form: SystemMessageStyle
    private var arranged: [Message] = []
    /// Texts that wait for the next user turn.
    private var waiting: [String] = []

    /// The conversation in a form that the template shows in full.
    static func arranged(_ messages: [Message], for form: SystemMessageStyle) -> [Message] {
        guard messages.contains(where: { $0.role == .system }) else { return messages }
        var arrangement = SystemMessages(form: form)
        let leading = messages.prefix { $0.role == .system }
        if let first = leading.first {
            let text = leading.map { $0.content ?? "" }.joined(separator: "\n\n")
            arrangement.add(leading.count == 1 ? first : first.saying(text), isShown: form.takesLeading)
        }
        for message in messages.dropFirst(leading.count) {
            arrangement.add(message, isShown: message.role != .system || form.takesLater)
        }
        return arrangement.finished()
    }

    private init(form: SystemMessageStyle) { self.form = form }

    private mutating func add(_ message: Message, isShown: Bool) {
        guard isShown else { return waiting.append(message.content ?? "") }
        guard message.role == .user, !waiting.isEmpty else { return arranged.append(message) }
        arranged.append(message.saying(takeWaiting() + "\n\n" + (message.content ?? "")))
    }

    /// What no user turn has taken stands behind the last one, or is a turn of its own.
    private mutating func finished() -> [Message] {
        guard !waiting.isEmpty else { return arranged }
        let text = takeWaiting()
        if let last = arranged.last, last.role == .user {
            arranged[arranged.count - 1] = last.saying((last.content ?? "") + "\n\n" + text)
        } else {
            arranged.append(.user(text))
        }
        return arranged
    }

    private mutating func takeWaiting() -> String {
        defer { waiting = [] }
        return waiting.map { "<system>\n\($0)\n</system>" }.joined(separator: "\n\n")
    }
}
