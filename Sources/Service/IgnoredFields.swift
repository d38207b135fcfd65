/// The header that names what was ignored.
enum IgnoredFields {
    private static let names = 32
    private static let nameBytes = 64

    /// The names, separated by commas; what no header may carry is percent-encoded. Nil without names.
    static func header(_ fields: [String]) -> String? {
        guard !fields.isEmpty else { return nil }
        return fields.prefix(names).map { encoded(Array($0.utf8.prefix(nameBytes))) }.joined(separator: ", ")
    }

    private static func encoded(_ name: [UInt8]) -> String {
        var text = ""
        for byte in name {
            let isPlain = (0x21...0x7e).contains(byte) && byte != 0x2c && byte != 0x25
            if isPlain {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16)
                text += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
            }
        }
        return text
    }
}
