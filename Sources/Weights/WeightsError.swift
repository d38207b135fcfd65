/// A model file that cannot be used: which file, and what is wrong with which key or tensor.
package struct WeightsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Path of the file, as it was given.
    package let file: String
    /// One sentence that names the key or tensor at fault.
    package let reason: String

    /// An error of `file`.
    package init(file: String, reason: String) {
        self.file = file
        self.reason = reason
    }

    /// `FILE: reason`, fit for one log line whatever the file holds.
    package var description: String { "\(Quotation.escaped(file)): \(reason)" }
}

/// Names out of a file, made harmless for terminals and log lines.
package enum Quotation {
    /// Longest part of a name that an error repeats.
    package static let maximumCharacters = 96

    /// The name in quotes, shortened, with control characters escaped.
    package static func quoted(_ name: String) -> String {
        "'\(shortened(name))'"
    }

    /// At most so many Unicode scalars of the text, with control characters escaped.
    package static func shortened(_ text: String, to maximumCharacters: Int = Quotation.maximumCharacters) -> String {
        let scalars = text.unicodeScalars
        let short = scalars.prefix(maximumCharacters)
        return escaped(String(String.UnicodeScalarView(short))) + (short.endIndex == scalars.endIndex ? "" : "…")
    }

    /// The text with control characters written as `\u{…}`.
    package static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar) {
                result += "\\u{" + String(scalar.value, radix: 16) + "}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
