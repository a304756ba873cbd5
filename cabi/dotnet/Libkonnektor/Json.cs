using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Libkonnektor
{
    /// <summary>A JSON object that was read. What is not there is null, 0 or false.</summary>
    internal sealed class JsonObject
    {
        private readonly Dictionary<string, object> members;

        private JsonObject(Dictionary<string, object> members)
        {
            this.members = members;
        }

        /// <summary>Reads a JSON object; throws FormatException for anything else.</summary>
        internal static JsonObject Parse(string text)
        {
            Dictionary<string, object> members = new JsonReader(text).Document() as Dictionary<string, object>;
            if (members == null)
                throw new FormatException("libkonnektor: no JSON object");
            return new JsonObject(members);
        }

        private object Get(string name)
        {
            object value;
            return members.TryGetValue(name, out value) ? value : null;
        }

        internal string Text(string name)
        {
            return Get(name) as string;
        }

        internal long Number(string name)
        {
            return OptionalNumber(name) ?? 0;
        }

        internal long? OptionalNumber(string name)
        {
            object value = Get(name);
            return value is long ? (long)value : (long?)null;
        }

        internal bool Flag(string name)
        {
            return OptionalFlag(name) ?? false;
        }

        internal bool? OptionalFlag(string name)
        {
            object value = Get(name);
            return value is bool ? (bool)value : (bool?)null;
        }

        /// <summary>A time in UTC; null when there is none.</summary>
        internal DateTime? Time(string name)
        {
            DateTime time;
            string text = Text(name);
            return text != null && DateTime.TryParse(text, CultureInfo.InvariantCulture,
                DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out time) ? time : (DateTime?)null;
        }

        internal JsonObject Object(string name)
        {
            Dictionary<string, object> value = Get(name) as Dictionary<string, object>;
            return value == null ? null : new JsonObject(value);
        }

        internal List<string> Texts(string name)
        {
            List<string> texts = new List<string>();
            foreach (object item in Items(name))
                texts.Add(item as string);
            return texts;
        }

        internal List<T> Objects<T>(string name, Func<JsonObject, T> read)
        {
            List<T> list = new List<T>();
            foreach (object item in Items(name))
            {
                Dictionary<string, object> value = item as Dictionary<string, object>;
                list.Add(read(value == null ? null : new JsonObject(value)));
            }
            return list;
        }

        private List<object> Items(string name)
        {
            return Get(name) as List<object> ?? new List<object>();
        }

        /// <summary>The JSON of a member; null when there is none.</summary>
        internal string Json(string name)
        {
            object value = Get(name);
            if (value == null)
                return null;
            JsonWriter writer = new JsonWriter();
            writer.Value(value);
            return writer.ToString();
        }
    }

    /// <summary>Reads JSON (RFC 8259) into dictionaries, lists, strings, long, double, bool and null.</summary>
    internal sealed class JsonReader
    {
        private const int MaxDepth = 100;
        private readonly string text;
        private int at;
        private int depth;

        internal JsonReader(string text)
        {
            this.text = text;
        }

        internal object Document()
        {
            object value = Value();
            if (Peek() != '\0')
                throw Bad();
            return value;
        }

        private FormatException Bad()
        {
            return new FormatException("libkonnektor: no JSON at character " + (at + 1));
        }

        // Peek skips white space and returns the character behind it, NUL at the end.
        private char Peek()
        {
            while (at < text.Length && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r'))
                at++;
            return at < text.Length ? text[at] : '\0';
        }

        private bool Skip(char c)
        {
            if (Peek() != c)
                return false;
            at++;
            return true;
        }

        private void Want(char c)
        {
            if (!Skip(c))
                throw Bad();
        }

        private object Value()
        {
            if (++depth > MaxDepth)
                throw Bad();
            object value;
            switch (Peek())
            {
                case '{': value = Object(); break;
                case '[': value = List(); break;
                case '"': value = Text(); break;
                case 't': value = Word("true", true); break;
                case 'f': value = Word("false", false); break;
                case 'n': value = Word("null", null); break;
                default: value = Number(); break;
            }
            depth--;
            return value;
        }

        private object Word(string word, object value)
        {
            if (string.CompareOrdinal(text, at, word, 0, word.Length) != 0)
                throw Bad();
            at += word.Length;
            return value;
        }

        private Dictionary<string, object> Object()
        {
            Dictionary<string, object> members = new Dictionary<string, object>();
            Want('{');
            if (Skip('}'))
                return members;
            do
            {
                if (Peek() != '"')
                    throw Bad();
                string name = Text();
                Want(':');
                members[name] = Value();
            } while (Skip(','));
            Want('}');
            return members;
        }

        private List<object> List()
        {
            List<object> list = new List<object>();
            Want('[');
            if (Skip(']'))
                return list;
            do
                list.Add(Value());
            while (Skip(','));
            Want(']');
            return list;
        }

        private object Number()
        {
            int begin = at;
            while (at < text.Length && "+-.0123456789eE".IndexOf(text[at]) >= 0)
                at++;
            string number = text.Substring(begin, at - begin);
            long whole;
            if (long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out whole))
                return whole;
            double value;
            if (double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out value))
                return value;
            throw Bad();
        }

        private string Text()
        {
            StringBuilder result = new StringBuilder();
            for (at++; at < text.Length; at++)
            {
                char c = text[at];
                if (c == '"')
                {
                    at++;
                    return result.ToString();
                }
                if (c < ' ')
                    throw Bad();
                result.Append(c == '\\' ? Escape() : c);
            }
            throw Bad();
        }

        // Escape reads what follows a backslash and stays on its last character.
        private char Escape()
        {
            const string names = "\"\\/bfnrt";
            const string values = "\"\\/\b\f\n\r\t";
            at++;
            if (at >= text.Length)
                throw Bad();
            int i = names.IndexOf(text[at]);
            if (i >= 0)
                return values[i];
            ushort code;
            if (text[at] != 'u' || at + 4 >= text.Length ||
                !ushort.TryParse(text.Substring(at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out code))
                throw Bad();
            at += 4;
            return (char)code;
        }
    }

    /// <summary>Writes a JSON object, member by member; what is null is left out.</summary>
    internal sealed class JsonWriter
    {
        private readonly StringBuilder json = new StringBuilder();

        public override string ToString()
        {
            return json.ToString();
        }

        internal void Begin()
        {
            json.Append('{');
        }

        internal void End()
        {
            json.Append('}');
        }

        private void Name(string name)
        {
            if (json[json.Length - 1] != '{')
                json.Append(',');
            Quote(name);
            json.Append(':');
        }

        internal void Member(string name, object value)
        {
            if (value == null)
                return;
            Name(name);
            Value(value);
        }

        internal void Member(string name, Action<JsonWriter> write)
        {
            if (write == null)
                return;
            Name(name);
            write(this);
        }

        internal void Member<T>(string name, List<T> list, Action<JsonWriter, T> write)
        {
            if (list == null)
                return;
            Name(name);
            json.Append('[');
            for (int i = 0; i < list.Count; i++)
            {
                if (i > 0)
                    json.Append(',');
                write(this, list[i]);
            }
            json.Append(']');
        }

        internal void Value(object value)
        {
            Dictionary<string, object> members = value as Dictionary<string, object>;
            List<object> list = value as List<object>;
            if (members != null)
            {
                Begin();
                foreach (KeyValuePair<string, object> member in members)
                {
                    Name(member.Key);
                    Value(member.Value);
                }
                End();
            }
            else if (list != null)
            {
                json.Append('[');
                for (int i = 0; i < list.Count; i++)
                {
                    if (i > 0)
                        json.Append(',');
                    Value(list[i]);
                }
                json.Append(']');
            }
            else if (value == null)
                json.Append("null");
            else if (value is bool)
                json.Append((bool)value ? "true" : "false");
            else if (value is string)
                Quote((string)value);
            else if (value is double)
                json.Append(((double)value).ToString("R", CultureInfo.InvariantCulture));
            else
                json.Append(Convert.ToString(value, CultureInfo.InvariantCulture));
        }

        private void Quote(string text)
        {
            json.Append('"');
            foreach (char c in text)
            {
                if (c == '"' || c == '\\')
                    json.Append('\\').Append(c);
                else if (c < ' ')
                    json.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
                else
                    json.Append(c);
            }
            json.Append('"');
        }
    }
}
