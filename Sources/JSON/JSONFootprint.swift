/// How much memory the value of a JSON text takes at most, told from the text without reading it as JSON.
///
/// Example: `{"a":[0,0]}` has two containers, one member, one further element and one byte of strings.
package struct JSONFootprint: Sendable, Equatable {
    /// Bytes between quotation marks.
    package private(set) var stringBytes = 0
    /// Strings, keys among them.
    private var strings = 0
    /// Commas outside strings: elements and members after the first of each container.
    private var separators = 0
    /// Members of objects.
    private var members = 0
    /// Arrays and objects.
    private var containers = 0

    /// Counts what the text holds, each byte once.
    package init(_ bytes: [UInt8]) {
        var isInString = false
        var isEscaped = false
        for byte in bytes {
            if isInString {
                stringBytes += 1
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                isInString = true
                strings += 1
            case UInt8(ascii: ","): separators += 1
            case UInt8(ascii: ":"): members += 1
            case UInt8(ascii: "["), UInt8(ascii: "{"): containers += 1
            default: continue
            }
        }
    }

    /// Bytes of the parsed value: arrays have grown to twice what they hold, members are found by a table of positions,
    /// every container and long string is an allocation.
    package var bytes: Int {
        stringBytes + strings * Self.stringBytesBeside + (separators + containers) * MemoryLayout<JSONValue>.stride * 2
            + members * Self.memberBytes + containers * Self.containerBytes
    }

    private static let stringBytesBeside = 32
    private static let memberBytes = 96
    private static let containerBytes = 192
}
