using System.Reflection;

namespace Kindred.EndToEnd.Tests.Architecture;

/// <summary>A row of the table of rooms: a project of src/, and what it may use.</summary>
/// <param name="Name">The project, which is the root of its namespaces.</param>
/// <param name="Assembly">What it builds.</param>
/// <param name="Rooms">The rooms it may use, all on lower floors.</param>
/// <param name="Packages">The outside packages it may use.</param>
internal sealed record Room(string Name, Assembly Assembly, string[] Rooms, Package[] Packages);
