import JSON

/// A call that an answer makes.
package struct ToolCall: Sendable, Equatable {
    /// By this name the result comes back.
    package let id: String
    /// The function.
    package let name: String
    /// Its arguments as JSON text.
    package var arguments: String

    /// A call.
    package init(id: String, name: String, arguments: String) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.string(id)
        writer.key("type")
        writer.string("function")
        writer.key("function")
        writer.beginObject()
        writer.key("name")
        writer.string(name)
        writer.key("arguments")
        writer.string(arguments)
        writer.endObject()
        writer.endObject()
    }
}

/// What a chunk adds to the calls of a choice.
package struct ToolCallFragment: Sendable, Equatable {
    /// What is added.
    package enum Addition: Sendable, Equatable {
        /// A call begins.
        case beginning(id: String, name: String)
        /// More of the arguments' text.
        case arguments(String)
    }

    /// Which call of the choice, from 0.
    package let index: Int
    /// What is added to it.
    package let addition: Addition

    /// A fragment.
    package init(index: Int, _ addition: Addition) {
        self.index = index
        self.addition = addition
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("index")
        writer.int(index)
        switch addition {
        case .beginning(let id, let name):
            writer.key("id")
            writer.string(id)
            writer.key("type")
            writer.string("function")
            writer.key("function")
            writer.beginObject()
            writer.key("name")
            writer.string(name)
            writer.key("arguments")
            writer.string("")
        case .arguments(let text):
            writer.key("function")
            writer.beginObject()
            writer.key("arguments")
            writer.string(text)
        }
        writer.endObject()
        writer.endObject()
    }
}
